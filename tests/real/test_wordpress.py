"""The WordPress site really comes up: slow, needs Debian's packages and the corpus, and only runs when asked for."""

from __future__ import annotations

import datetime as dt
import os
import re
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from tests.real.wordpress import CATEGORIES, HOST, WordPressError, posts_from, require_tools, wordpress

CORPUS = Path(os.environ.get("MINGCHA_CORPUS", Path(__file__).resolve().parents[3] / "shared" / "corpus"))
TODAY = dt.date(2026, 10, 21)


@pytest.fixture
def corpus() -> Path:
    """Returns the folder of the corpus, or skips."""
    if not (CORPUS / "index.csv").exists():
        pytest.skip(f"no corpus at {CORPUS}")
    return CORPUS


@pytest.mark.corpus
def test_posts_are_made_of_real_titles(corpus: Path) -> None:
    content = posts_from(corpus, TODAY)
    assert len(content["posts"]) >= 200
    assert len({post["category"] for post in content["posts"]}) == len(CATEGORIES) >= 8
    assert {f["name"].rsplit(".", 1)[1] for post in content["posts"] for f in post["files"]} == {"pdf", "doc", "xls"}


def test_a_corpus_of_nothing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "index.csv").write_text("file,kind,title\n", encoding="utf-8")
    with pytest.raises(WordPressError, match="0 titles"):
        posts_from(tmp_path, TODAY)


@pytest.mark.slow
@pytest.mark.corpus
def test_wordpress_comes_up(corpus: Path, tmp_path: Path) -> None:
    if not os.environ.get("MINGCHA_WORDPRESS"):
        pytest.skip("set MINGCHA_WORDPRESS=1 to run it; it needs Debian's packages of WordPress and MariaDB")
    try:
        require_tools()
    except WordPressError as error:
        pytest.skip(str(error))
    with wordpress(corpus, tmp_path / "site", today=TODAY) as site:
        assert site.posts >= 200

        def get(path: str) -> str:
            request = urllib.request.Request(f"http://127.0.0.1:{site.port}{path}", headers={"Host": HOST})
            with urllib.request.urlopen(request, timeout=60) as answer:
                return str(answer.read().decode())

        home = get("/")
        assert 'lang="zh-Hans"' in home or 'lang="zh-CN"' in home
        article = re.search(rf"http://{re.escape(HOST)}(/\d{{4}}/\d\d/\d+\.html)", home)
        assert article is not None
        assert "<article" in get(article[1])
        title = re.search(r"entry-title[^>]*>(?:<a[^>]*>)?([^<]{8,})", home)
        assert title is not None
        assert title[1][:8] in get("/?s=" + urllib.parse.quote(title[1][:12]))
        assert "部门动态" in get("/category/ws-bumen")
