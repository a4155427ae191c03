"""The replay server on a corpus of its own, and on the real one where that is there."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import aiohttp
import dns.asyncquery
import dns.message
import dns.rcode
import pytest

from tests.portal.server import targets_toml
from tests.real.replay import read_corpus, replay

CORPUS = Path(os.environ.get("MINGCHA_CORPUS", Path(__file__).resolve().parents[3] / "shared" / "corpus"))


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Returns a corpus of four pages."""
    (tmp_path / "index.csv").write_text(
        "file,original_url,site,kind,title,source\n"
        "a.html,,a.gov.cn,home,,\n"
        "b.html,https://a.gov.cn/x/b.html?id=1,a.gov.cn,article,B,\n"
        "c.html,,c (www.c.gov.cn),column,C,\n"
        "d.html,,c (www.c.gov.cn),article,D,owner/copy/lm/d/index.html\n",
        encoding="utf-8",
    )
    for name in "abd":
        (tmp_path / f"{name}.html").write_bytes(f"<p>{name}</p>".encode())
    (tmp_path / "c.html").write_bytes(b'<meta name="Url" content="http://www.c.gov.cn/lm/">')
    return tmp_path


def test_pages_stand_where_they_stood(small: Path) -> None:
    hosts = read_corpus(small)
    assert set(hosts["a.gov.cn"].pages) == {"/", "/a.html", "/x/b.html?id=1"}
    assert set(hosts["www.c.gov.cn"].pages) == {"/lm/", "/lm/d/index.html", "/lm/d/"}
    assert b'href="/lm/"' in hosts["www.c.gov.cn"].listing


async def test_pages_are_served_as_they_are(small: Path) -> None:
    async with replay(small) as running, aiohttp.ClientSession() as session:

        async def get(host: str, path: str) -> tuple[int, bytes]:
            url = f"http://127.0.0.1:{running.port}{path}"
            async with session.get(url, headers={"Host": host}) as answer:
                return answer.status, await answer.read()

        assert await get("a.gov.cn", "/x/b.html?id=1") == (200, b"<p>b</p>")
        assert (await get("a.gov.cn", "/elsewhere"))[0] == 404
        assert (await get("www.c.gov.cn", "/"))[0] == 200
        port = int(running.targets.network.nameservers[0].rsplit(":", 1)[1])
        for name, code in (("a.gov.cn", dns.rcode.NOERROR), ("elsewhere.cn", dns.rcode.SERVFAIL)):
            answer = await dns.asyncquery.udp(dns.message.make_query(name, "A"), "127.0.0.1", timeout=5, port=port)
            assert answer.rcode() == code
        read = tomllib.loads(targets_toml(running.targets))
        assert [portal["id"] for portal in read["portal"]] == ["a-gov-cn", "www-c-gov-cn"]


@pytest.mark.corpus
async def test_the_whole_corpus_is_served() -> None:
    if not (CORPUS / "index.csv").exists():
        pytest.skip(f"no corpus at {CORPUS}")
    async with replay(CORPUS) as running, aiohttp.ClientSession() as session:
        for site in running.hosts.values():
            for path, page in site.pages.items():
                url = f"http://127.0.0.1:{running.port}{path}"
                async with session.get(url, headers={"Host": site.host}) as answer:
                    assert await answer.read() == page.read_bytes(), path
