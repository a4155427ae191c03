"""The examples of docs/nightly.md are commands this program takes."""

from __future__ import annotations

from mingcha.night.plan import Result
from tests.commandlines import DOCS, taken

PAGE = (DOCS / "nightly.md").read_text("utf-8")


def test_every_command_line_is_one() -> None:
    read = taken("nightly.md", "nightly")
    assert [(each["until"], each["jobs"]) for each in read] == [("06:00", 2), ("", 4)]


def test_every_result_is_explained() -> None:
    assert [result for result in Result if f"`{result}`" not in PAGE] == []
