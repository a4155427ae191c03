"""The report and the workbook say what was not usual about a run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from openpyxl import load_workbook

from reports.html import render
from reports.ledger.dossier import Dossier
from reports.workbook import write_workbook
from storage.views import AuditView
from tests.reports import make

TEXT = "本站地址中被拦截 12%（通常低于 2%）：<请>对方把本机地址加入白名单"


def view(folder: Path, *texts: str) -> AuditView:
    """Returns an audit with these hints about itself."""
    made = make.view(folder)
    summary = {**made.audit.summary, "health": [{"id": "blocked", "text": text} for text in texts]}
    return replace(made, audit=replace(made.audit, summary=summary))


def test_the_report_says_it(tmp_path: Path) -> None:
    page = render(view(tmp_path, TEXT), make.METAS, make.BYTES.__getitem__, {})
    assert f"本次核查自身：{TEXT.replace('<请>', '&lt;请&gt;')}" in page


def test_a_sound_run_and_an_audit_of_long_ago_say_nothing(tmp_path: Path) -> None:
    for made in (view(tmp_path / "a"), make.view(tmp_path / "b")):
        assert "本次核查自身" not in render(made, make.METAS, make.BYTES.__getitem__, {})


def test_the_workbook_says_it(tmp_path: Path) -> None:
    told = view(tmp_path, TEXT)
    path = write_workbook([Dossier(told)], tmp_path / "a.xlsx", make.METAS, made=told.audit.ended)
    book = load_workbook(path)
    cells = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value]
    assert f"本次核查自身：{TEXT}" in cells
