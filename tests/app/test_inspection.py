"""`mingcha export report` as DOCX and PDF: from a results database to a file, for one portal and for all of them."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path
from unicodedata import normalize

import docx
import pypdf
import pytest

from mingcha.cli import program  # noqa: F401 - all verbs
from mingcha.cli.root import app
from mingcha.documents.export import missing_here
from mingcha.documents.inspection import export_inspection, export_region
from mingcha.errors import UsageError
from mingcha.scoring.systems import Roster
from portal.model import Office
from storage.evidence import EvidenceStore
from tests.app.run import mingcha
from tests.reports.make import BYTES, PORTAL, view

OFFICE = Office(name="云溪县人民政府办公室")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("inspection")
    view(where)
    store = EvidenceStore(where / "evidence")
    for data in BYTES.values():
        store.put(data)
    return where


def test_the_report_of_a_portal_is_a_pdf_with_its_pictures(folder: Path) -> None:
    where = str(folder / "reports.db")
    out = folder / "report.pdf"
    path, _ = export_inspection("pdf", "", Roster(), OFFICE, out=out, folder=None, database=where)
    reader = pypdf.PdfReader(path)
    text = normalize("NFKC", "".join("".join(page.extract_text().split()) for page in reader.pages))
    for words in ("一、检查概况", "六、整改要求与时限", "附件5", "证据目录与校验值", "图1", PORTAL.site_code):
        assert words in text, words
    assert sum(len(page.images) for page in reader.pages) > 3


def test_the_report_of_all_portals_is_a_document(folder: Path) -> None:
    roster = Roster({PORTAL.id: PORTAL, "other": replace(PORTAL, id="other")}, ("national-2019",))
    out = folder / "all.docx"
    where = str(folder / "reports.db")
    path, _ = export_region("docx", "", roster, OFFICE, out=out, folder=None, database=where)
    lines = [line.text for line in docx.Document(str(path)).paragraphs]
    assert "五、排名" in lines
    assert any("应检查网站2个，实际检查1个" in line for line in lines)
    assert any("（三）整改进度。本期应整改的问题" in line for line in lines)
    with pytest.raises(UsageError, match="none of the portals was audited in 2020H1"):
        export_region("docx", "2020H1", roster, OFFICE, out=out, folder=None, database=where)


def test_without_a_browser_a_pdf_is_refused_in_one_sentence(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from crawler.browser import paper
    from crawler.browser.browsers import Missing

    async def none() -> Missing:
        return Missing((), ())

    monkeypatch.setattr(paper, "find_browser", none)
    where, out = str(folder / "reports.db"), folder / "never.pdf"
    with pytest.raises(UsageError, match=r"生成PDF需要浏览器.*--format docx"):
        export_inspection("pdf", "", Roster(), OFFICE, out=out, folder=None, database=where)
    assert not out.exists()


def test_what_this_machine_lacks_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = tmp_path / "fc-list"
    monkeypatch.setattr(shutil, "which", lambda _: str(tool))
    tool.write_text("#!/bin/sh\necho '仿宋,FangSong'\necho 'Noto Serif CJK SC'\n", "utf-8")
    tool.chmod(0o755)
    (told,) = missing_here()
    assert "仿宋以" not in told
    assert "小标宋以Noto Serif CJK SC代替" in told
    assert "黑体以其他字体代替" in told
    tool.write_text("#!/bin/sh\nexit 1\n", "utf-8")
    assert missing_here() == ()
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert missing_here() == ()


async def test_the_command_names_the_file_it_wrote(folder: Path) -> None:
    ran = await mingcha("export", "report", "--db", "reports.db", "--format", "docx", cwd=folder)
    assert (ran.code, ran.out.strip()) == (0, "yun-20261118-220000-检查报告.docx"), ran.err
    assert (folder / ran.out.strip()).is_file()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--format", "html", "--all"), "--all: a report of all portals is written with --format docx or pdf"),
        (("--format", "docx", "--all", "--portal", "yun"), "--all and --portal"),
        (("--format", "docx", "--period", "2026H2"), "--all takes a period"),
    ],
)
def test_what_does_not_fit_is_refused(folder: Path, words: tuple[str, ...], says: str) -> None:
    with pytest.raises(UsageError, match=re.escape(says)):
        app(["export", "report", "--db", str(folder / "reports.db"), *words], standalone_mode=False)
