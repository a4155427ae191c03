"""Templates are compiled once for all who may keep what they are compiled to, and never taken for what they are not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from jinja2 import BytecodeCache, DictLoader, Environment

from reports import page
from reports.page import Compiled, template


def made(cache: BytecodeCache, source: str) -> str:
    return Environment(loader=DictLoader({"a": source}), bytecode_cache=cache).get_template("a").render()


@pytest.fixture
def keeping(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)


@pytest.mark.usefixtures("keeping")
def test_what_a_template_is_compiled_to_is_used_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "cache"
    assert made(Compiled(folder), "{{ 1 + 1 }}") == "2"
    assert len(list(folder.iterdir())) == 1
    monkeypatch.setattr(Environment, "compile", None)
    assert made(Compiled(folder), "{{ 1 + 1 }}") == "2"


@pytest.mark.usefixtures("keeping")
def test_another_source_and_other_settings_are_compiled_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert made(Compiled(tmp_path), "old") == "old"
    assert made(Compiled(tmp_path), "new") == "new"
    assert len(list(tmp_path.iterdir())) == 1
    monkeypatch.setattr(page, "_SETTINGS", {})
    assert made(Compiled(tmp_path), "new") == "new"
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.usefixtures("keeping")
@pytest.mark.parametrize("damage", [b"", b"j2", b"j2\x80\x05what", b"x" * 9])
def test_what_is_damaged_is_made_anew(tmp_path: Path, damage: bytes) -> None:
    made(Compiled(tmp_path), "text")
    (kept,) = tmp_path.iterdir()
    whole = kept.read_bytes()
    for broken in (damage, whole[:-9]):
        kept.write_bytes(broken)
        assert made(Compiled(tmp_path), "text") == "text"
        assert kept.read_bytes() == whole


def test_nothing_is_kept_where_python_keeps_no_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert made(Compiled(tmp_path), "text") == "text"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("keeping")
def test_a_folder_that_cannot_be_written_to_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    assert made(Compiled(tmp_path / "cache"), "text") == "text"


def test_templates_of_ours_say_what_is_missing() -> None:
    with pytest.raises(Exception, match="is undefined"):
        template("scores.html").render()
