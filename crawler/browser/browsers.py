"""Finding a browser that really works: each candidate is proven by launching it.

The order: the variable MINGCHA_BROWSER, Playwright's own copy, then the system's browsers, the light headless shell
first. A name on PATH proves nothing (snap stubs, missing libraries), and without any font a browser reports every text
as empty. So a candidate counts only when it returns the text of a test page; whether it can draw Chinese glyphs is
said beside it, because that decides what a screenshot is worth.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from crawler.browser import driver

if TYPE_CHECKING:
    from playwright.async_api import Playwright

VARIABLE = "MINGCHA_BROWSER"
NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "microsoft-edge-stable",
)
# Where browsers lie on systems that do not put them on PATH.
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
LAUNCH_SECONDS = 25.0
PROBE_TEXT = "明察 政府网站 probe"
_PROBE_PAGE = f"data:text/html;charset=utf-8,<!doctype html><title>t</title><p id=t>{PROBE_TEXT}</p>"
# Without a CJK font both characters are drawn as the same box.
_GLYPH_PROBE = """() => {
  const draw = character => {
    const canvas = document.createElement('canvas'); canvas.width = canvas.height = 40;
    const context = canvas.getContext('2d'); context.font = '30px sans-serif'; context.fillText(character, 2, 32);
    return canvas.toDataURL();
  };
  return draw('政') !== draw('府');
}"""


class Tried(Struct, frozen=True):
    """One candidate that was not good enough, and why (English)."""

    path: str
    why: str


@dataclass(frozen=True, slots=True)
class Found:
    """A proven browser. `glyphs` is False where it has no font for Chinese: text is right, screenshots show boxes."""

    path: str
    product: str  # name of the executable
    version: str
    glyphs: bool
    source: str = "system"  # variable, playwright or system
    tried: tuple[Tried, ...] = ()


class Missing(Struct, frozen=True):
    """No browser works here: what was tried, and the commands that would help."""

    tried: tuple[Tried, ...]
    remedies: tuple[str, ...]

    @property
    def why(self) -> str:
        """Returns one line on what was tried."""
        if not self.tried:
            return "no browser is installed"
        return "; ".join(f"{tried.path}: {tried.why}" for tried in self.tried)


async def find_browser(
    environ: Mapping[str, str] | None = None, *, cache: Path | None = None, fresh: bool = False
) -> Found | Missing:
    """Returns the first browser that proves itself, or what was tried.

    The proof is remembered per path, size and modification time in `cache` (default: the user's cache folder) unless
    the browser lacked glyphs, so that a font installed later is noticed; then nothing is started. `fresh` proves again.
    Never raises.
    """
    env = os.environ if environ is None else environ
    store = cache if cache is not None else _cache_path(env)
    known = _Known() if fresh else _load(store)
    installed = _installed(env)
    if (copy := known.copies.get(installed)) is not None and (found := await _first(env, copy, known)) is not None:
        return found
    try:
        playwright = await driver.start()
    except Exception as error:
        # Playwright raises bare exceptions here: its driver lacks a library (libatomic1 on a minimal system), or is cut
        # off. Without it no browser can be driven, and the audit goes on without one.
        why = f"does not start ({_first_cause(str(error))}); libatomic1 may be missing"
        return Missing((Tried("Playwright's driver", why),), remedies())
    try:
        copy = playwright.chromium.executable_path
        found = await _first(env, copy, known, playwright)
    finally:
        await playwright.stop()
    assert found is not None
    if isinstance(found, Found) and found.glyphs:
        proof = _Proof(found.path, found.product, found.version)
        copies, proven = {**known.copies, installed: copy}, {**known.proven, _stamp(found.path): proof}
        _save(store, _Known(copies, proven))
    return found


async def _first(
    env: Mapping[str, str], copy: str, known: _Known, playwright: Playwright | None = None
) -> Found | Missing | None:
    """The first candidate that is remembered or proves itself. None without a driver, where one has to be proven."""
    tried: list[Tried] = []
    for source, path in candidates(env, copy):
        stamp = _stamp(path)
        if not stamp:
            if source == "variable":
                tried.append(Tried(path, f"named by {VARIABLE}, but there is no such file"))
            continue
        if (proof := known.proven.get(stamp)) is not None:
            return Found(proof.path, proof.product, proof.version, True, source, tuple(tried))
        if playwright is None:
            return None
        result = await prove(playwright, path)
        if isinstance(result, Found):
            return replace(result, source=source, tried=tuple(tried))
        tried.append(result)
    return Missing(tuple(tried), remedies())


def candidates(environ: Mapping[str, str], playwright_path: str) -> list[tuple[str, str]]:
    """Returns (source, path) of every candidate in the order of preference, existing or not, each path once."""
    found: list[tuple[str, str]] = []
    if named := environ.get(VARIABLE, "").strip():
        found.append(("variable", shutil.which(named, path=environ.get("PATH")) or named))
    found += [("playwright", path) for path in _playwright_copies(playwright_path)]
    for name in NAMES:
        if path := shutil.which(name, path=environ.get("PATH")):
            found.append(("system", path))
    found += [("system", place) for place in PLACES]
    unique: dict[str, str] = {}
    for source, path in found:
        unique.setdefault(path, source)
    return [(source, path) for path, source in unique.items()]


async def prove(playwright: Playwright, path: str) -> Found | Tried:
    """Returns what the browser at `path` proved to be, or why it does not count. Never raises."""
    try:
        async with asyncio.timeout(LAUNCH_SECONDS):
            browser = await playwright.chromium.launch(
                executable_path=path, args=["--disable-gpu"], timeout=LAUNCH_SECONDS * 1000
            )
            try:
                page = await browser.new_page()
                await page.goto(_PROBE_PAGE)
                if (text := (await page.inner_text("#t")).strip()) != PROBE_TEXT:
                    return Tried(path, f"shows no text (read {text!r}): no font is installed")
                glyphs = bool(await page.evaluate(_GLYPH_PROBE))
                return Found(path, Path(path).name, browser.version, glyphs)
            finally:
                await browser.close()
    except TimeoutError:
        return Tried(path, f"did not answer within {LAUNCH_SECONDS:.0f} s")
    except driver.Error as error:
        return Tried(path, _first_cause(error.message))
    except OSError as error:
        return Tried(path, str(error))


def remedies(platform: str = sys.platform) -> tuple[str, ...]:
    """Returns the commands that would give this machine a browser and a Chinese font."""
    if platform.startswith("linux"):
        return (
            "sudo apt-get install -y --no-install-recommends chromium-headless-shell fonts-noto-cjk libatomic1",
            "playwright install --with-deps chromium",
            f"export {VARIABLE}=/path/to/chrome",
        )
    return ("playwright install chromium", f"set {VARIABLE} to the path of Chrome, Chromium or Edge")


class _Proof(msgspec.Struct, frozen=True):
    path: str
    product: str
    version: str


class _Known(msgspec.Struct, frozen=True):
    copies: dict[str, str] = {}  # where Playwright's own browser would lie: only its driver tells
    proven: dict[str, _Proof] = {}


def _installed(env: Mapping[str, str]) -> str:
    return f"{metadata.version('playwright')}|{env.get('PLAYWRIGHT_BROWSERS_PATH', '')}"


def _playwright_copies(path: str) -> list[str]:
    """The headless shell lies beside the full browser, in a folder of its own; it costs half."""
    copies = []
    for folder in Path(path).parents:
        if folder.name.startswith("chromium-"):
            shell = folder.with_name(folder.name.replace("chromium-", "chromium_headless_shell-"))
            copies += [str(p) for p in sorted(shell.glob("*/*headless*shell*")) if os.access(p, os.X_OK)]
    return [*copies, path]


def _stamp(path: str) -> str:
    """Returns path, size and time of a file, which change when it does; "" without one."""
    try:
        file = Path(path).stat()
    except OSError:
        return ""
    return f"{path}|{file.st_size}|{file.st_mtime_ns}" if stat.S_ISREG(file.st_mode) else ""


def _first_cause(message: str) -> str:
    lines = [line.strip(" -│║╔╗╚╝═") for line in message.splitlines()]
    telling = [line for line in lines if "error while loading" in line or "Failed to" in line or "not found" in line]
    return (telling or [line for line in lines if line] or ["did not start"])[0][:200]


def _cache_path(env: Mapping[str, str]) -> Path:
    base = env.get("XDG_CACHE_HOME") or str(Path(env.get("HOME") or Path.home()) / ".cache")
    return Path(base) / "mingcha" / "proven-browsers.json"


def _load(store: Path) -> _Known:
    try:
        return msgspec.json.decode(store.read_bytes(), type=_Known)
    except (OSError, msgspec.MsgspecError):
        return _Known()


def _save(store: Path, known: _Known) -> None:
    # A read-only home only costs the next start half a second.
    try:
        store.parent.mkdir(parents=True, exist_ok=True)
        part = store.with_suffix(f".{os.getpid()}")
        part.write_bytes(msgspec.json.encode(known))
        part.replace(store)
    except OSError:
        return
