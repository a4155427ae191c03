"""The check and the test of docs/add-a-check.md run as they stand there, with nothing else edited."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

import checks
from checks.registry import all_checks
from portal.artifacts import Absence, FetchOutcome
from tests.unit.checks.make import gathered, page, result, tried, url

GUIDE = Path(__file__).parents[3] / "docs" / "add-a-check.md"
FILE, TEST = re.findall(r"```python\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)


@pytest.fixture(autouse=True)
def page_tags(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The documented file beside the checks, found as they are."""
    (tmp_path / "page_tags.py").write_text(FILE, "utf-8")
    monkeypatch.setattr(checks, "__path__", [*checks.__path__, str(tmp_path)])
    all_checks.cache_clear()
    yield
    sys.modules.pop("checks.page_tags", None)
    monkeypatch.undo()
    all_checks.cache_clear()


def test_the_documented_test_passes() -> None:
    names: dict[str, Any] = {}
    exec(compile(TEST, str(GUIDE), "exec"), names)
    tests = [value for name, value in names.items() if name.startswith("test_")]
    for one in tests:
        one()
    assert tests


def test_a_page_nobody_could_read_is_not_accused() -> None:
    lost = replace(page(url("/a.html")), fetch=tried(FetchOutcome.TIMEOUT), facts=None)
    seen = result("page_tags", gathered(lost))
    assert not seen.findings and dict(seen.coverage.skipped) == {Absence.UNREACHABLE: 1}
