"""Reports are safe to open: nothing a portal wrote runs, loads, computes or leads anywhere but to a web page."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.workbook import Workbook
from playwright.async_api import Browser, Page, Route

from crawler.targets import TargetsError, load_targets, portal_for_url
from indicators.library import library
from indicators.loading import IndicatorError, parse_system
from indicators.scoring import score
from mingcha.audit import audit_id
from mingcha.scoring.scores import case_of
from portal.zone import CHINA
from reports import feeds
from reports.html import render, report_template
from reports.ledger.dossier import Dossier
from reports.ledger.rows import LEDGER
from reports.scoresheet import write_sheet
from reports.write import write_all
from storage.evidence import export
from storage.views import AuditView
from tests.reports import make
from tests.reports.scores import POINTED
from tests.security.poison import ADDRESSES, EVIL, WORDS, poisoned

FORMULAS = (
    "=1+1",
    '=HYPERLINK("http://evil.example/")',
    "+1+1",
    "-1+1|cmd",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "\u3000=1",
    "\u00a0=1",
    "\u200b=1",
    "\ufeff=1",
    "\x0b=1",
    "\x00=1",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(A1)",
)


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> AuditView:
    return poisoned(make.view(tmp_path_factory.mktemp("poisoned")))


@pytest.fixture(scope="module")
def page(view: AuditView) -> str:
    scored = score(library().get("national-2019"), case_of(view, {}, "2026H2"))
    return render(view, make.METAS, make.BYTES.__getitem__, {}, [scored])


# in a browser


class Opened:
    """A page of this machine, opened as a person does, and everything that would have left it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.left: list[str] = []  # what a policy forbids is announced as a request, but never comes to be routed

    async def open(self, path: Path) -> None:
        """Opens a file and waits for what it starts."""

        async def note(route: Route) -> None:
            if route.request.url.startswith(("file:", "data:")):
                await route.continue_()
                return
            self.left.append(route.request.url.removeprefix(EVIL).strip("?"))
            await route.abort()

        await self.page.context.route("**", note)
        await self.page.goto(path.as_uri(), wait_until="load")
        await self.page.wait_for_timeout(300)

    async def owned(self) -> bool:
        """Returns whether a script of the portal ran."""
        return bool(await self.page.evaluate("window.owned !== undefined"))


@pytest.mark.browser
async def test_nothing_a_portal_wrote_runs_or_loads_in_the_report(bare: Browser, page: str, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(page, "utf-8")
    opened = Opened(await bare.new_page())
    await opened.open(file)
    assert await opened.page.evaluate("document.querySelectorAll('.card').length") > 5
    await opened.page.click("#filter button:nth-of-type(2)")  # our own script runs
    assert await opened.page.get_attribute("#filter button:nth-of-type(2)", "aria-pressed") == "true"
    await opened.page.evaluate(
        """() => { for (const one of document.querySelectorAll('*'))
          for (const kind of ['mouseover', 'focus', 'load', 'error', 'toggle']) one.dispatchEvent(new Event(kind)); }"""
    )
    schemes = await opened.page.evaluate("[...new Set([...document.links].map(a => a.protocol))]")
    assert set(schemes) <= {"http:", "https:", "file:"}
    away = await opened.page.evaluate(
        "[...document.links].filter(a => a.protocol === 'file:' && !a.getAttribute('href').startsWith('#')).length"
    )
    assert away == 0  # this one was rendered without an evidence folder
    assert await opened.page.evaluate("document.querySelectorAll('script').length") == 1
    assert (await opened.owned(), opened.left) == (False, [])


@pytest.mark.browser
async def test_the_policy_of_the_report_holds_even_where_markup_came_through(
    bare: Browser, page: str, tmp_path: Path
) -> None:
    naked, kept = tmp_path / "naked.html", tmp_path / "kept.html"
    naked.write_text(f"<!doctype html><body>{WORDS}", "utf-8")
    kept.write_text(page.replace("<main>", f"<main>{WORDS}<form id=f action={EVIL}form></form>"), "utf-8")
    for file, safe in ((naked, False), (kept, True)):
        opened = Opened(await bare.new_page())
        await opened.open(file)
        # Without the policy the same words do run and load: what is looked for is found.
        assert await opened.owned() is not safe
        assert (await opened.page.evaluate("document.baseURI")).startswith(EVIL) is not safe
        await opened.page.evaluate("(document.querySelector('#f') || document.forms[0]).submit()")
        await opened.page.wait_for_timeout(200)
        assert set(opened.left) == (set() if safe else {"fetch", "img", "frame", "style", "object", "form"})


def test_no_template_computes_what_a_portal_wrote(page: str) -> None:
    assert page.count("{{191*7919}}") > 20
    assert str(191 * 7919) not in page
    environment = report_template().environment
    assert environment.autoescape is True
    for name in environment.list_templates():
        source, _, _ = environment.loader.get_source(environment, name)  # type: ignore[union-attr]  # it has one
        assert not re.search(r"\|\s*safe\b|autoescape\s+false", source), name


# in a spreadsheet


def cells(book: Workbook) -> Iterator[Any]:
    for sheet in book:
        for row in sheet.iter_rows():
            yield from row


def written(view: AuditView, folder: Path) -> list[Path]:
    """Writes every workbook of an audit and returns the paths."""
    scored = [score(library().get(name), case_of(view, {}, "")) for name in ("national-2019", "wuwei-2020")]
    made = view.audit.ended.astimezone(CHINA)
    ledger = write_all(view, folder, make.BYTES.__getitem__, make.METAS, scored).workbook
    return [ledger, *(write_sheet(one, view, folder / f"{one.system.id}.xlsx", made=made) for one in scored)]


def test_no_cell_computes_and_no_link_leads_but_to_pages_and_evidence(view: AuditView, tmp_path: Path) -> None:
    for number, words in enumerate((FORMULAS[1], "@SUM(A1)", ADDRESSES[0], "file:///etc/passwd")):
        for path in written(poisoned(view, words, (*ADDRESSES, words)), tmp_path / str(number)):
            book = openpyxl.load_workbook(path)
            for cell in cells(book):
                assert cell.data_type != "f", (path.name, cell.coordinate)
                if cell.hyperlink is not None:
                    target = cell.hyperlink.target or ""
                    shot = re.fullmatch(r"evidence[\\/][0-9a-f]{20}\.(?:png|jpg|webp)", target)
                    assert shot or target.startswith(("http://", "https://")), target
            with zipfile.ZipFile(path) as parts:
                assert not [name for name in parts.namelist() if "vba" in name.lower() or "externalLink" in name]
        if number == 0:
            assert any(cell.value == words for cell in cells(book))  # a title that looks so stays a title


@pytest.mark.parametrize("words", FORMULAS)
def test_no_cell_of_a_table_for_spreadsheets_begins_a_formula(view: AuditView, words: str) -> None:
    data = feeds.ledger_csv([Dossier(poisoned(view, words, (words,)))], make.METAS)
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert len(rows[0]) == len(LEDGER)
    written = {cell for row in rows[1:] for cell in row}
    assert any(cell.startswith("'") for cell in written)
    for cell in written:
        assert not re.match(r"[\s\x00-\x1f\u200b\ufeff]*[=+\-@＝＋－＠]", cell) or cell.isdigit(), cell


# on a disk


NAMES = ("..", "../../etc", "a/b", "a\\b", "nul\x00", "甲县", "\u202excod.exe", "x" * 300, "-rf", "a b;c|d", "")


@pytest.mark.parametrize("name", NAMES)
def test_no_portal_or_system_has_a_name_that_is_unfit_for_a_disk(name: str, tmp_path: Path) -> None:
    path = tmp_path / "targets.toml"
    path.write_text(f'[[portal]]\nid = {json.dumps(name)}\nname = "甲县"\nhome = "http://www.a.gov.cn/"\n', "utf-8")
    with pytest.raises(TargetsError):
        load_targets(path)
    with pytest.raises(IndicatorError):
        parse_system(POINTED.replace('id = "own"', f"id = {json.dumps(name)}", 1).strip(), "own.toml", None)


@pytest.mark.parametrize(
    "url",
    [
        "http://www.a.gov.cn/../../../etc/passwd",
        "http://..%2f..%2fetc/",
        "http://县.中国/",
        "http://[2001:db8::1]:8080/",
        f"http://{'.'.join(['x' * 60] * 4)}/",
        "http://-rf.gov.cn/",
        "http://con/",
        "http://\u202eexe.gov.cn/",
    ],
)
def test_what_an_audit_of_an_address_is_called_is_fit_for_a_disk(url: str, view: AuditView) -> None:
    try:
        portal = portal_for_url(url)
    except TargetsError:
        return  # no host a browser would open
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{0,63}", portal.id)
    assert re.fullmatch(r"[a-z0-9-]{1,64}-20261118-220000", audit_id(portal, view.audit.started))


def test_evidence_is_named_by_its_hash_and_shown_as_text_or_picture(tmp_path: Path) -> None:
    kinds = (
        "text/html",
        "image/svg+xml",
        "../../x",
        "application/x-sh",
        "text/html; a=/../..",
        "image/png\x00.exe",
        "",
    )
    wanted = {hashlib.sha256(kind.encode()).hexdigest(): kind for kind in kinds}
    files = export(lambda digest: b"<script>1</script>", wanted, tmp_path / "evidence")
    assert files == {digest: f"{digest[:20]}.txt" for digest in wanted}
    assert sorted(path.name for path in (tmp_path / "evidence").iterdir()) == sorted(files.values())
