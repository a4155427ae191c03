"""Values of the command line: plain ones as typer would give them, the others by typer itself."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import pytest
import typer
from typer.testing import CliRunner

from mingcha.cli.root import Program

GIVEN: dict[str, Any] = {}
app = Program()


@app.command()
def look(
    name: Annotated[str, typer.Argument()],
    words: Annotated[list[str] | None, typer.Argument()] = None,
    place: Annotated[Path | None, typer.Option(envvar="LOOK_PLACE")] = None,
    text: Annotated[str, typer.Option()] = "none",
    number: Annotated[int, typer.Option(min=1)] = 2,
    share: Annotated[float | None, typer.Option()] = None,
    names: Annotated[list[str] | None, typer.Option()] = None,
    quick: Annotated[bool, typer.Option()] = True,
) -> None:
    GIVEN.clear()
    GIVEN.update(locals())


NOTHING = {"words": None, "place": None, "text": "none", "number": 2, "share": None, "names": None, "quick": True}


@pytest.mark.parametrize(
    ("words", "environ", "expected"),
    [
        (["a"], {}, {}),
        (["a", "--place", "no/where", "--text", ""], {}, {"place": Path("no/where"), "text": ""}),
        (["a"], {"LOOK_PLACE": "out"}, {"place": Path("out")}),
        (["a", "b", "c", "--names", "d", "--names", "e"], {}, {"words": ["b", "c"], "names": ["d", "e"]}),
        (["a", "--number", "7", "--share", "0.5", "--no-quick"], {}, {"number": 7, "share": 0.5, "quick": False}),
    ],
)
def test_values_come_as_they_are_declared(words: list[str], environ: dict[str, str], expected: dict[str, Any]) -> None:
    ran = CliRunner().invoke(app, words, env=environ)
    assert ran.exit_code == 0, ran.output
    assert {"name": "a"} | NOTHING | expected == GIVEN


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Missing argument"),
        (["a", "--number", "x"], "--number"),
        (["a", "--number", "0"], "--number"),
        (["a", "--share", "much"], "--share"),
        (["a", "--what"], "No such option"),
    ],
)
def test_what_is_wrong_is_said(words: list[str], said: str) -> None:
    ran = CliRunner().invoke(app, words)
    assert ran.exit_code == 2
    assert said in ran.output


def test_a_file_nobody_may_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shut = tmp_path / "shut.toml"
    shut.touch()
    monkeypatch.setattr("os.access", lambda path, mode: False)  # root may read everything
    ran = CliRunner().invoke(app, ["a", "--place", str(shut)])
    assert ran.exit_code == 2
    assert "not readable" in ran.output
