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
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Playwright, async_playwright

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


@dataclass(frozen=True, slots=True)
class Tried:
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


@dataclass(frozen=True, slots=True)
class Missing:
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

    The proof is remembered per path and modification time in `cache` (default: the user's cache folder) unless the
    browser lacked glyphs, so that a font installed later is noticed. `fresh` proves again. Never raises.
    """
    env = os.environ if environ is None else environ
    store = cache if cache is not None else _cache_path(env)
    known = {} if fresh else _load(store)
    tried: list[Tried] = []
    try:
        playwright = await async_playwright().start()
    except Exception as error:
        # Playwright raises bare exceptions here: its driver lacks a library (libatomic1 on a minimal system), or is cut
        # off. Without it no browser can be driven, and the audit goes on without one.
        why = f"does not start ({_first_cause(str(error))}); libatomic1 may be missing"
        return Missing((Tried("Playwright's driver", why),), remedies())
    try:
        for source, path in candidates(env, playwright.chromium.executable_path):
            changed = _changed(path)
            if changed is None:
                if source == "variable":
                    tried.append(Tried(path, f"named by {VARIABLE}, but there is no such file"))
                continue
            stamp = f"{path}|{changed}"
            if (remembered := known.get(stamp)) is not None:
                return msgspec.structs.replace(remembered, source=source, tried=tuple(tried)).found()
            result = await prove(playwright, path)
            if isinstance(result, Tried):
                tried.append(result)
                continue
            found = Found(result.path, result.product, result.version, result.glyphs, source, tuple(tried))
            if found.glyphs:
                _save(store, {**known, stamp: _Remembered(found.path, found.product, found.version)})
            return found
    finally:
        await playwright.stop()
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
    except PlaywrightError as error:
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


class _Remembered(msgspec.Struct, frozen=True):
    path: str
    product: str
    version: str
    source: str = "system"
    tried: tuple[Tried, ...] = ()

    def found(self) -> Found:
        return Found(self.path, self.product, self.version, True, self.source, self.tried)


def _playwright_copies(path: str) -> list[str]:
    """The headless shell lies beside the full browser, in a folder of its own; it costs half."""
    copies = []
    for folder in Path(path).parents:
        if folder.name.startswith("chromium-"):
            shell = folder.with_name(folder.name.replace("chromium-", "chromium_headless_shell-"))
            copies += [str(p) for p in sorted(shell.glob("*/*headless*shell*")) if os.access(p, os.X_OK)]
    return [*copies, path]


def _changed(path: str) -> int | None:
    try:
        return Path(path).stat().st_mtime_ns if Path(path).is_file() else None
    except OSError:
        return None


def _first_cause(message: str) -> str:
    lines = [line.strip(" -│║╔╗╚╝═") for line in message.splitlines()]
    telling = [line for line in lines if "error while loading" in line or "Failed to" in line or "not found" in line]
    return (telling or [line for line in lines if line] or ["did not start"])[0][:200]


def _cache_path(env: Mapping[str, str]) -> Path:
    base = env.get("XDG_CACHE_HOME") or str(Path(env.get("HOME") or Path.home()) / ".cache")
    return Path(base) / "mingcha" / "browsers.json"


def _load(store: Path) -> dict[str, _Remembered]:
    try:
        return msgspec.json.decode(store.read_bytes(), type=dict[str, _Remembered])
    except (OSError, msgspec.MsgspecError):
        return {}


def _save(store: Path, known: dict[str, _Remembered]) -> None:
    # A read-only home only costs the next start half a second.
    try:
        store.parent.mkdir(parents=True, exist_ok=True)
        part = store.with_suffix(f".{os.getpid()}")
        part.write_bytes(msgspec.json.encode(known))
        part.replace(store)
    except OSError:
        return
