"""`mingcha read`: one JSON object a page, one sentence for what cannot be read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mingcha.read import read_paths

COLUMN = """<html><head><title>通知公告_示例县人民政府</title><meta name="SiteName" content="示例县人民政府">
<meta name="ColumnName" content="通知公告"></head>
<body><div class="dqwz">当前位置：<a href="/">首页</a> &gt; 通知公告</div>
<ul>
<li><a href="a1.html">关于做好项目申报工作的通知</a><span>2024-11-11</span></li>
<li><a href="a2.html">关于召开全县工作会议的通知</a><span>2024-11-12</span></li>
<li><a href="a3.html">关于开展安全生产检查的通知</a><span>2024-10-01</span></li></ul></body></html>"""
KEYS = {
    "file", "kind", "title", "pub_date", "pub_date_rung", "written_date", "list_items", "newest_item_date",
    "first_item_title", "empty_column", "search_box", "links_to_policy", "links_to_interpretation", "meta", "links",
    "encoding",
}  # fmt: skip


def test_a_folder_is_read_page_by_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "a.html").write_text(COLUMN, encoding="utf-8")
    (tmp_path / "b" / "c.shtml").write_bytes(COLUMN.encode("gb18030"))
    (tmp_path / "notes.csv").write_text("x", encoding="utf-8")
    assert read_paths([str(tmp_path)], "http://www.example.gov.cn/tzgg/", True) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [Path(line["file"]).name for line in lines] == ["a.html", "c.shtml"]
    first, second = lines
    assert set(first) == KEYS
    assert (first["kind"], first["title"], first["list_items"]) == ("column", "通知公告", 3)
    assert (first["newest_item_date"], first["first_item_title"]) == ("2024-11-12", "关于做好项目申报工作的通知")
    assert (first["empty_column"], first["pub_date"], first["search_box"]) == (False, None, None)
    assert first["meta"] == {"SiteName": "示例县人民政府", "ColumnName": "通知公告"}
    assert "http://www.example.gov.cn/tzgg/a1.html" in {link["url"] for link in first["links"]}
    assert (second["encoding"], second["list_items"]) == ("gb18030", 3)


def test_what_is_no_list_has_no_count(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "a.html"
    page.write_text("<html><head><title>404</title></head><body>您访问的页面不存在</body></html>", encoding="utf-8")
    assert read_paths([str(page)], "", True) == 0
    line = json.loads(capsys.readouterr().out)
    assert (line["kind"], line["list_items"], line["empty_column"]) == ("error", None, None)


def test_a_path_that_cannot_be_read_is_named_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "a.html"
    page.write_text(COLUMN, encoding="utf-8")
    assert read_paths([str(tmp_path / "missing.html"), str(page)], "", True) == 1
    output = capsys.readouterr()
    assert len(output.err.splitlines()) == 1
    assert "missing.html" in output.err
    assert len(output.out.splitlines()) == 1


def test_a_folder_without_pages_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert read_paths([str(tmp_path)]) == 1
    assert "目录中没有网页文件" in capsys.readouterr().err


def test_people_get_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "a.html"
    page.write_text(COLUMN, encoding="utf-8")
    assert read_paths([str(page)]) == 0
    assert "newest_item_date        2024-11-12" in capsys.readouterr().out
