"""What people left in letters is masked wherever an audit writes what a page said."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from indicators.library import library
from indicators.scoring import score
from mingcha.scoring.scores import case_of
from portal.personal import mask_personal
from portal.zone import CHINA
from reports import feeds
from reports.html import render
from reports.masking import masked, masked_scores
from reports.scoresheet import write_sheet
from reports.write import write_all
from storage.views import AuditView
from tests.reports import make
from tests.security.poison import poisoned

# A letter, and what of it nobody is to read in an export.
LETTER = (
    "来信人：王小明，手机13812345678，微信同号 138 1234 5679 或 +86-138-1234-5670，身份证11010119900307123X，"
    "邮箱 wang.xm@example.com，银行卡6222021234567890123，全角１３８１２３４５６７１，办公电话0913-2222222，"
    "又138.1234.5672、1381 234 5673，证件110101 19900307 123X，卡6222 0212 3456 7890 128，li.si(at)163.com，"
    "护照号：E12345678\n"
    "尊敬的李小红女士：您好"
)
SECRETS = (
    *("王小明", "13812345678", "138 1234 5679", "138-1234-5670", "11010119900307123X", "wang.xm@"),
    *("6222021234567890123", "１３８１２３４５６７１", "13812345671"),
    *("138.1234.5672", "1381 234 5673", "110101 19900307", "0212 3456 7890", "li.si", "E12345678", "李小红"),
)
OFFICE = "0913-2222222"
PUBLIC = ("http://www.yunxi.example/zwgk/1.html",)


def kept(text: str) -> list[str]:
    """Returns the secrets that stand in a text."""
    return [secret for secret in SECRETS if secret in text]


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> AuditView:
    clean = make.view(tmp_path_factory.mktemp("letters"))
    return replace(poisoned(clean, LETTER, PUBLIC), portal=clean.portal)  # whose name its operator gave


def test_a_letter_without_its_writer_still_reads(view: AuditView) -> None:
    said = mask_personal(LETTER)
    assert kept(said) == []
    assert OFFICE in said
    assert said.startswith("来信人：王**，手机138****5678")
    plain = (
        "发布日期：２０２６－０１－２０　文号：云政发〔２０２６〕９号，索引号０１６０９２２３－３／２０２６－００１２"
    )
    assert mask_personal(plain) == plain


def test_no_field_of_a_view_keeps_a_secret(view: AuditView) -> None:
    assert set(kept(repr(view.findings) + repr(view.results))) == set(SECRETS) - {"13812345671"}
    clean = masked(view)
    for finding in clean.findings:
        fields = {name: getattr(finding, name) for name in finding.__slots__ if name != "occurrences"}
        assert {name: found for name, value in fields.items() if (found := kept(repr(value)))} == {}
        assert [seen.text for seen in finding.occurrences if kept(seen.text)] == []
    for result in clean.results:
        fields = {name: getattr(result, name) for name in result.__slots__}
        assert {name: found for name, value in fields.items() if (found := kept(repr(value)))} == {}


def test_no_export_keeps_a_secret(view: AuditView, tmp_path: Path) -> None:
    answers = dict(make.BYTES)
    answers[make.ANSWER_ID] = (
        f"HTTP/1.1 404 Not Found\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{LETTER}".encode()
    )
    scored = score(library().get("national-2019"), case_of(view, {}, "2026H2"))
    told = write_all(view, tmp_path, answers.__getitem__, make.METAS, [scored])
    (masked_score,) = masked_scores([scored])
    sheet = write_sheet(masked_score, masked(view), tmp_path / "sheet.xlsx", made=view.audit.ended.astimezone(CHINA))
    texts = {path.name: path.read_text("utf-8") for path in (told.findings, told.results, told.csv, told.html)}
    texts |= {path.name: path.read_text("utf-8") for path in told.evidence.glob("*.txt")}
    assert told.scores is not None
    texts[told.scores.name] = told.scores.read_text("utf-8")
    for book in (told.workbook, sheet):
        with zipfile.ZipFile(book) as parts:
            texts[book.name] = "".join(parts.read(name).decode("utf-8") for name in parts.namelist() if "xml" in name)
    assert {name: found for name, text in texts.items() if (found := kept(unescape(text)))} == {}
    assert sum("来信人：王**" in unescape(text) for text in texts.values()) >= 6


def test_nothing_is_written_that_was_not_masked(view: AuditView) -> None:
    # The writers themselves do not mask: whoever calls them must, and write_all and export do.
    assert kept(feeds.findings_jsonl(view).decode())
    assert kept(render(view, make.METAS, make.BYTES.__getitem__, {}))
    assert kept(feeds.findings_jsonl(masked(view)).decode()) == []
