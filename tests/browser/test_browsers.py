"""Finding a browser: proven by launching it, remembered, and said what was tried."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from crawler.browser.browsers import VARIABLE, Found, Missing, candidates, find_browser, remedies

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]


def stub(folder: Path, name: str, script: str = "exit 1") -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_the_variable_comes_first_then_playwright_then_path(tmp_path: Path) -> None:
    for name in ("chromium", "chromium-headless-shell", "google-chrome"):
        stub(tmp_path, name)
    mine = stub(tmp_path, "mine")
    order = candidates({"PATH": str(tmp_path), VARIABLE: str(mine)}, "/nowhere/chromium-1/chrome")
    assert [(source, Path(path).name) for source, path in order][:5] == [
        ("variable", "mine"),
        ("playwright", "chrome"),
        ("system", "chromium-headless-shell"),
        ("system", "chromium"),
        ("system", "google-chrome"),
    ]


def test_playwrights_light_shell_is_preferred_to_its_full_browser(tmp_path: Path) -> None:
    shell = tmp_path / "chromium_headless_shell-7" / "chrome-linux"
    shell.mkdir(parents=True)
    light = stub(shell, "headless_shell")
    full = tmp_path / "chromium-7" / "chrome-linux" / "chrome"
    order = candidates({"PATH": ""}, str(full))
    assert [path for source, path in order if source == "playwright"] == [str(light), str(full)]


async def test_a_name_on_path_that_does_not_launch_is_no_browser(tmp_path: Path) -> None:
    stub(tmp_path, "chromium", "echo 'requires the snap to be installed' >&2; exit 1")
    env = {"PATH": str(tmp_path), "HOME": str(tmp_path), VARIABLE: str(tmp_path / "gone")}
    result = await find_browser(env, cache=tmp_path / "cache.json")
    if isinstance(result, Found):
        pytest.skip(f"Playwright's own copy is installed: {result.path}")
    assert isinstance(result, Missing)
    assert [Path(tried.path).name for tried in result.tried] == ["gone", "chromium"]
    assert "no such file" in result.tried[0].why
    assert result.remedies == remedies()
    assert any("apt-get install" in command or "playwright install" in command for command in result.remedies)


async def test_a_proven_browser_is_remembered_until_its_file_changes(tmp_path: Path, found: Found) -> None:
    cache = tmp_path / "cache.json"
    log = tmp_path / "launches"
    wrapper = stub(tmp_path, "wrapper", f'echo x >> "{log}"; exec "{found.path}" "$@"')
    env = {**os.environ, VARIABLE: str(wrapper)}
    first = await find_browser(env, cache=cache)
    assert isinstance(first, Found)
    assert (first.path, first.source, first.glyphs) == (str(wrapper), "variable", found.glyphs)
    second = await find_browser(env, cache=cache)
    assert second == first
    launched = len(log.read_text().split())
    assert launched == (1 if found.glyphs else 2)
    os.utime(wrapper, ns=(1, 1))
    await find_browser(env, cache=cache)
    assert len(log.read_text().split()) == launched + 1


async def test_what_is_remembered_is_found_without_starting_anything(
    tmp_path: Path, found: Found, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not found.glyphs:
        pytest.skip("a browser without glyphs is not remembered")
    cache = tmp_path / "cache.json"
    first = await find_browser(cache=cache)
    monkeypatch.setenv("PLAYWRIGHT_NODEJS_PATH", str(stub(tmp_path, "node")))
    assert await find_browser(cache=cache) == first


def test_without_a_browser_playwright_is_not_even_imported() -> None:
    script = "import sys, crawler.gather, mingcha.doctor; sys.exit('playwright.async_api' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False, cwd=ROOT).returncode == 0


async def test_a_driver_that_does_not_start_is_no_browser_rather_than_a_crash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "node"
    broken.write_text("#!/bin/sh\necho 'libatomic.so.1: cannot open shared object file' >&2\nexit 127\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PLAYWRIGHT_NODEJS_PATH", str(broken))
    before = asyncio.all_tasks()
    missing = await find_browser(cache=tmp_path / "cache.json")
    if left := asyncio.all_tasks() - before:
        await asyncio.wait(left)  # playwright sees its driver end; the loop of the tests must not be closed before that
    assert isinstance(missing, Missing)
    assert "libatomic1" in missing.why
    assert missing.remedies
