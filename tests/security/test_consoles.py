"""Nobody else's words are run: no console listens while an audit runs, and nothing of a page is taken for code."""

from __future__ import annotations

import ast
import json
import os
from functools import cache
from pathlib import Path

import pytest
from aiohttp import web
from scrapy.settings import Settings

from checks.base import CheckResult, Outcome
from crawler.browser.browsers import Found
from crawler.settings import crawl_settings
from mingcha.printable import printable
from mingcha.telling import Stand
from mingcha.terminal import Terminal, results_table
from portal.model import Portal
from portal.page import read_page
from tests.app.run import ROOT, mingcha
from tests.browser.site import Site
from tests.hostile.drive import audit
from tests.hostile.site import HOST, peaceful
from tests.security.sockets import listening

ROOMS = ("portal", "crawler", "checks", "indicators", "storage", "reports", "mingcha")
# Functions that make code of text, and modules that make objects of bytes.
RUNNING = frozenset({"eval", "exec", "compile", "__import__", "from_string"})
UNPICKLING = frozenset({"pickle", "cPickle", "_pickle", "marshal", "shelve", "dill", "joblib", "yaml", "jsonpickle"})


@pytest.mark.browser
@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="looks into /proc")
async def test_while_an_audit_runs_only_the_gateway_listens(found: Found, tmp_path: Path) -> None:
    site = Site()
    seen: set[tuple[str, str]] = set()
    await site.start()
    before = listening(os.getpid())  # servers of other tests

    def look(request: web.Request) -> web.Response:
        page = pages[request.path]
        if request.path == "/":  # asked by fetcher, browser and probes
            seen.update(listening(os.getpid()))
        return web.Response(body=page if isinstance(page, bytes) else page.encode(), content_type="text/html")

    pages = peaceful()
    site.pages.update({(HOST, path): look for path in pages})
    try:
        audited = await audit(
            tmp_path, f"http://{HOST}/", {HOST: f"127.0.0.1:{site.port}"}, browser=True, search_titles=0, max_pages=6
        )
    finally:
        await site.stop()
    assert audited.summary.rendered or audited.summary.requests
    own = {where for who, where in seen if who == "self"}
    assert f"tcp 0100007F:{site.port:04X}" in own  # looking finds what is there
    others = {(who, where.rpartition(":")[0]) for who, where in seen - before if who != "self"}
    assert {where for _, where in others} == {"tcp 0100007F"}  # on loopback: the gateway of the audit's browser
    assert all("python" in who or "mingcha" in who for who, _ in others), others


def test_scrapy_opens_no_console() -> None:
    for settings in (Settings(), Settings(crawl_settings())):
        settings.setmodule("crawler.settings")
        assert not settings.getbool("TELNETCONSOLE_ENABLED")
        assert not settings.getbool("REMOTE_CONTROL_ENABLED")
        for parts in ("EXTENSIONS", "DOWNLOADER_MIDDLEWARES", "SPIDER_MIDDLEWARES"):
            listed = settings.get_component_priority_dict_with_base(parts)
            assert {str(name).rpartition(".")[2] for name in listed} <= {"CoreStats", "FeedExporter"}
        assert not settings.get("JOBDIR")  # its queues would be pickled


@cache
def sources() -> dict[str, ast.Module]:
    files = [file for room in ROOMS for file in (ROOT / room).rglob("*.py")]
    return {str(file.relative_to(ROOT)): ast.parse(file.read_text("utf-8")) for file in files}


@cache
def nodes() -> list[tuple[str, ast.AST]]:
    """Returns every node of every source, with its file."""
    return [(file, node) for file, tree in sources().items() for node in ast.walk(tree)]


@cache
def every_call() -> dict[str, list[tuple[str, ast.Call]]]:
    """Returns the calls of every function or method by its name, with where they stand."""
    found: dict[str, list[tuple[str, ast.Call]]] = {}
    for file, node in nodes():
        if isinstance(node, ast.Call):
            called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            found.setdefault(called, []).append((f"{file}:{node.lineno}", node))
    return found


def calls(name: str) -> list[tuple[str, ast.Call]]:
    return every_call().get(name, [])


def test_no_text_is_run_as_code() -> None:
    assert len(sources()) > 100
    found = [where for name in RUNNING for where, call in calls(name) if not _compiles_a_pattern(call)]
    assert found == []


def _compiles_a_pattern(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name) and call.func.value.id == "re"


def test_no_bytes_are_unpickled() -> None:
    imported = {
        (file, name.partition(".")[0])
        for file, node in nodes()
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert len(imported) > 100
    assert [(file, name) for file, name in imported if name in UNPICKLING] == []


def test_no_shell_reads_a_command() -> None:
    told = [where for found in every_call().values() for where, call in found if _shell(call)]
    assert told == []
    assert calls("Popen")


def _shell(call: ast.Call) -> bool:
    if any(word.arg == "shell" for word in call.keywords):
        return True
    called = call.func
    return isinstance(called, ast.Attribute) and ast.unparse(called) in {"os.system", "os.popen"}


def test_scripts_run_in_pages_are_our_own_words() -> None:
    # What a page said travels as an argument, never inside the script.
    made = [
        where
        for name in ("evaluate", "evaluate_handle", "add_init_script", "add_script_tag", "wait_for_function")
        for where, call in calls(name)
        if not call.args or not isinstance(call.args[0], ast.Name | ast.Constant)
    ]
    assert made == []
    assert len(list(calls("evaluate"))) > 5


def test_entities_of_a_page_read_no_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("geheim")
    named = f"<!DOCTYPE html [<!ENTITY e SYSTEM '{secret.as_uri()}'><!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]>"
    body = "<html><head><title>&e;&b;</title></head><body><h1>&e;</h1><p>&b;&e;</p></body></html>"
    for head in ("", "<?xml version='1.0'?>"):
        facts = read_page(f"{head}{named}{body}".encode(), "http://www.a.gov.cn/a.xml")
        assert "geheim" not in repr(facts)
        assert "aaaa" not in facts.title


ESCAPES = "\x1b]0;owned\x07红\x1b[2J\x9b31m\u202e字\r"


def test_what_is_printed_moves_no_cursor() -> None:
    assert printable(ESCAPES) == "]0;owned红[2J31m字"
    assert printable("一行\n\t第二行 ok") == "一行\n\t第二行 ok"


async def test_a_page_read_in_a_terminal_writes_nothing_into_it(tmp_path: Path) -> None:
    page = f"<html><head><title>{ESCAPES}</title></head><body><h1>{ESCAPES}</h1><p>正文</p></body></html>"
    (tmp_path / "a.html").write_text(page, "utf-8")
    ran = await mingcha("read", "a.html", cwd=tmp_path)
    assert (ran.code, "owned" in ran.out) == (0, True)
    assert not set("\x1b\x07\x9b\u202e") & set(ran.out + ran.err)
    ran = await mingcha("read", "--json", "a.html", cwd=tmp_path)  # for programs: nothing lost, JSON's own escapes
    assert "\x1b" not in ran.out
    assert json.loads(ran.out)["title"] == ESCAPES.strip()


def test_square_brackets_of_a_page_are_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    terminal = Terminal(Portal(id="a", name="甲[/b]县", home="http://www.a.gov.cn/"))
    broken = CheckResult("broken_links", 1, Outcome.ERROR, "ValueError: [red]x[/i] [link=file:///etc/passwd]y")
    terminal._out.print(results_table((broken,), {"broken_links": Stand("error", 0, 0)}))
    terminal.on_event({"event": "stage", "name": "[/bold]"})
    said = capsys.readouterr()
    assert "[red]x[/i]" in said.out
    assert "甲[/b]县：[/bold]" in said.err
