"""The examples of docs/recheck.md are commands this program takes."""

from __future__ import annotations

import re

from mingcha.rechecks.plan import rules
from mingcha.rechecks.terminal import CONCLUSIONS
from tests.commandlines import DOCS, taken

PAGE = (DOCS / "recheck.md").read_text("utf-8")


def test_every_command_line_is_one() -> None:
    read = taken("recheck.md", "recheck")
    assert len(read) == 6
    assert [each["due"] for each in read] == [False, False, True, True, False, False]
    assert all(each["words"] or each["due"] or each["claimed"] or each["listed"] for each in read)


def test_the_lines_about_the_trend_are_commands() -> None:
    read = taken("recheck.md", "trend")
    assert [(each["portals"] or [], each["against"], each["by"], each["last"], each["as_json"]) for each in read] == [
        ([], "", "", 4, False),
        (["langao"], "2026-09-30", "", 4, True),
        ([], "", "quarter", 4, False),
        (["langao"], "", "month", 12, True),
    ]


def test_the_figures_are_those_of_the_rules() -> None:
    by = rules()
    assert {one.total_seconds() / 3600 for one in (by.suspect, by.regressed)} == {6}
    assert (by.checks["search_hits"].total_seconds() / 3600, by.unmeasured.total_seconds() / 3600) == (4, 3)
    assert f"({by.sitting} findings at most)" in PAGE


def test_the_conclusions_are_those_there_are() -> None:
    shown = re.search(r"复查 12 项：(.*)", PAGE)
    assert shown is not None
    assert [word.split()[0] for word in shown[1].split("，")] == [one for one in CONCLUSIONS if f"{one} " in shown[1]]
