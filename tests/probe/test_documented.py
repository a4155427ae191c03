"""The examples of docs/availability.md are commands this program takes."""

from __future__ import annotations

from checks.reachability import META
from storage.ledger.excuses import MAINTENANCE
from storage.models import ProbeRow
from storage.probes import LASTS
from tests.commandlines import DOCS, taken

PAGE = (DOCS / "availability.md").read_text("utf-8")


def test_every_command_line_is_one() -> None:
    read = taken("availability.md", "probe")
    assert [each["once"] for each in read] == [False, True, False]
    assert (read[2]["portals"], read[2]["ipv6"]) == (["langao", "ziyang"], True)


def test_what_the_page_names_is_there() -> None:
    assert f"`{META.id}`" in PAGE and META.sheet.name in PAGE
    assert f"`{MAINTENANCE}`" in PAGE
    assert f"after {LASTS.days}\ndays" in PAGE
    assert len(ProbeRow.__table__.columns) == 12  # the page lists them
