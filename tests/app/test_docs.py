"""Documentation that cannot rot: the reference is generated, links lead somewhere, both READMEs name the commands."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from checks.registry import all_checks
from indicators.library import library
from indicators.loading import parse_system
from mingcha.reference import reference
from mingcha.scoring.sheets import schema
from tests.commandlines import in_blocks, in_text, understood, unknown

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = [ROOT / "README.md", ROOT / "README.zh-CN.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#]+)")
FILE = re.compile(r"`((?:[\w-]+/)*[\w-]+\.py|(?:[\w-]+/)+[\w-]+\.toml)`")
SOURCES = [path for room in sorted(ROOT.iterdir()) for path in room.rglob("*.*") if not room.name.startswith(".")]
EXAMPLE = "checks/page_tags.py"  # of a check to be added


def test_the_command_reference_is_what_the_program_says() -> None:
    written = (ROOT / "docs" / "commands.md").read_text("utf-8")
    assert written == reference(), "run: python -m mingcha.reference"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text("utf-8")):
        assert (page.parent / target).exists(), f"{page.name}: {target}"


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_first_screen_has_the_two_commands_and_a_picture(name: str) -> None:
    first_screen = "\n".join((ROOT / name).read_text("utf-8").splitlines()[:45])
    assert "python3 run.py audit" in first_screen
    assert "python3 run.py test" in first_screen
    assert "docs/report.png" in first_screen


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_is_one_the_program_takes(page: Path) -> None:
    text = page.read_text("utf-8")
    if page.name != "commands.md":  # its blocks are forms, not commands
        for words in in_blocks(text):
            understood(words)
    assert [words for words in in_text(text) if unknown(words)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_a_page_names_is_there(page: Path) -> None:
    for name in set(FILE.findall(page.read_text("utf-8"))) - {EXAMPLE}:
        assert any(path.as_posix().endswith(f"/{name}") for path in SOURCES), f"{page.name}: {name}"


def test_every_check_is_explained() -> None:
    verdicts = (ROOT / "docs" / "verdicts.md").read_text("utf-8")
    for module in all_checks():
        assert module.META.id in verdicts
        for kind in module.META.kinds:
            assert kind.id in verdicts, f"{module.META.id}: {kind.id}"


def test_the_example_systems_of_the_docs_are_sound() -> None:
    text = (ROOT / "docs" / "indicator-systems.md").read_text("utf-8")
    bases = {system.id: system for system in library().newest()}
    examples = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    assert [parse_system(example, "docs", bases).id for example in examples] == ["qinghe-2026", "langao-2023-weighted"]


def test_every_key_of_an_indicator_system_is_explained() -> None:
    text = (ROOT / "docs" / "indicator-systems.md").read_text("utf-8")
    for part in json.loads(schema())["$defs"].values():
        for key in part.get("properties", {}):
            assert re.search(rf"\b{key}\b", text), f"{part['title']}: {key}"


def test_the_schema_for_editors_is_that_of_the_program() -> None:
    written = (ROOT / "indicators" / "system.schema.json").read_text("utf-8")
    assert written == schema() + "\n", "run: mingcha systems schema > indicators/system.schema.json"
