"""What a command loads: nothing it does not use, and what both processes of an audit use once for both."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from tests.app.leaflet import running
from tests.app.run import ROOT, mingcha, targets

ROOMS = ("portal", "checks", "storage", "indicators", "crawler", "reports", "mingcha")
JUDGES_AND_WRITES = {"sqlalchemy", "jinja2", "xlsxwriter", "mingcha.telling"}
CLIENTS = {"aiohttp", "requests", "urllib3", "tldextract", "httpx", "playwright", "playwright.async_api"}
UNUSED = CLIENTS | {
    "alembic",
    "openpyxl",
    "docx",
    "warcio",
    "bs4",
    "trustme",
    "rapidfuzz",
    "psycopg",
    "pydantic",
    "rich._emoji_codes",
}

_NIGHT = """
import asyncio, sys
from mingcha.night.nursery import nursery

async def main(nest):
    with open("log", "ab") as file:
        sys.exit(await (await nest.start(sys.argv[1:], {}, (file.fileno(),))).wait())

with nursery() as nest:
    asyncio.run(main(nest))
"""


def imported(lines: list[str]) -> set[str]:
    """Returns the modules of an interpreter's own list of what it imported."""
    return {line.rpartition("|")[2].strip() for line in lines if line.startswith("import time:")}


async def test_help_loads_the_verbs_and_nothing_they_need(tmp_path: Path) -> None:
    ran = await mingcha("--help", cwd=tmp_path, PYTHONPROFILEIMPORTTIME="1")
    loaded = imported(ran.err.splitlines())
    assert "mingcha.cli.audits" in loaded
    ours = {name for name in loaded if name.partition(".")[0] in ROOMS and not name.startswith("mingcha.cli")}
    assert ours <= {"mingcha", "mingcha.called", "mingcha.errors", "mingcha.garbage"}
    assert not loaded & (UNUSED | {"asyncio", "rich", "msgspec", "lxml.etree", "scrapy"})


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the process that gathers is no copy of its parent")
async def test_an_audit_loads_what_it_uses_once(tmp_path: Path) -> None:
    async with running() as site:
        targets(tmp_path, "http://www.one.gov.cn/", {"www.one.gov.cn": site.endpoint})
        ran = await mingcha(
            *("audit", "one", "--out", "out", "--no-browser", "--as-of", "2026-11-20"),
            cwd=tmp_path,
            PYTHONPROFILEIMPORTTIME="1",
        )
    assert ran.code == 0, ran.err
    lines = ran.err.splitlines()
    parting = next(number for number, line in enumerate(lines) if "检查本机网络" in line)
    before, after = imported(lines[:parting]), imported(lines[parting:])
    gathering = imported((tmp_path / "out" / "bundle" / "stderr.log").read_text("utf-8").splitlines())

    assert "scrapy.core.engine" in gathering
    assert after >= JUDGES_AND_WRITES
    assert not before & JUDGES_AND_WRITES  # held by nobody while pages are gathered
    assert not before & {"asyncio", "logging", "ssl"}  # the parent only waits
    assert not (before | gathering | after) & UNUSED
    assert not {"scrapy", "twisted", "lxml.html"} & (before | after)
    assert {name for name in gathering & after if name.partition(".")[0] in ROOMS} == set()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the audits of a night are no copies")
async def test_an_audit_of_a_night_loads_nothing_but_what_names_its_database(tmp_path: Path) -> None:
    async with running() as site:
        targets(tmp_path, "http://www.one.gov.cn/", {"www.one.gov.cn": site.endpoint})
        night = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _NIGHT, "audit", "one", "--out", "out", "--no-browser"),
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "PYTHONPROFILEIMPORTTIME": "1"},
            stderr=asyncio.subprocess.DEVNULL,
        )
        assert await night.wait() == 0
    loaded = {
        name
        for log in ("log", "out/bundle/stderr.log")
        for name in imported((tmp_path / log).read_text("utf-8").splitlines())
    }
    assert "sqlalchemy.dialects.sqlite" in loaded
    assert {name.partition(".")[0] for name in loaded} <= {"sqlalchemy", "encodings"}
