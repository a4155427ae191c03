"""The browser as an audit starts it: its switches, the name it gives, its contexts, and the bound on its memory."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from crawler.browser import driver
from crawler.browser.before import KEEP_FROM_BEFORE
from crawler.browser.deeds import KEEP_FROM_DEEDS
from crawler.browser.memory import keep_below
from crawler.browser.shadows import KEEP_SHADOWS
from crawler.browser.watched import NOTE_ASKING

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Playwright, StorageState

LAUNCH_SECONDS = 30.0
VIEWPORT = (1366, 900)
_ENGINE = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
_USER_AGENT = _ENGINE + " Chrome/{major}.0.0.0 Safari/537.36 ({words})"

# A browser heeds only the last list of features that are off, so all of Playwright's are named again. What is ours:
# a frame made anew for every page costs a fifth of it, and protects from nothing where each page is one visit.
_FEATURES_OFF = (
    "RenderDocument",
    "AimEnabled",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "TcpPortRandomizationWin",
    "ThirdPartyStoragePartitioning",
    "msEdgeUpdateLaunchServicesPreferredVersion",
    "msForceBrowserSignIn",
)
_SWITCHES = (
    f"--disable-features={','.join(_FEATURES_OFF)}",
    # A page and its frames share a process, and one session tells of all of them: no secrets are kept in a visit.
    "--disable-site-isolation-trials",
    "--disable-gpu",
    "--disable-quic",
    "--mute-audio",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    # The browser itself resolves nothing: names travel to the gateway.
    "--host-resolver-rules=MAP * ^NOTFOUND , EXCLUDE 127.0.0.1",
)
# A page that opens a hundred windows gets three; closing each of a flood would cost minutes.
_FEW_WINDOWS = """(() => {
  const open = window.open; let opened = 0;
  window.open = function () { return ++opened > 3 ? null : open.apply(window, arguments); };
})()"""
# What a page says to its console travels to whoever drives the browser and is kept there: a loop that logs a megabyte
# at a time took 150 MB of that for every page.
_NO_CONSOLE = """(() => {
  for (const name of Object.keys(console)) if (typeof console[name] === 'function') console[name] = () => {};
})()"""
# Calls between browsers: nothing a page shows needs them, and asking for one alone makes the browser listen to the
# network (UDP, mDNS), even where the policy above lets no packet out.
_NO_CALLS = "for (const name of ['RTCPeerConnection', 'webkitRTCPeerConnection']) delete window[name]"


async def launch(playwright: Playwright, path: str, proxy: str) -> Browser:
    """Returns the browser at `path`, started with `proxy` as its only way out. Raises playwright's Error or OSError."""
    return await playwright.chromium.launch(
        executable_path=path,
        args=list(_SWITCHES),
        proxy={"server": proxy},
        timeout=LAUNCH_SECONDS * 1000,
        handle_sigint=False,
        handle_sigterm=False,
        handle_sighup=False,
    )


def browser_name(version: str, user_agent: str) -> str:
    """Returns what pages are told who asks: a browser of that version, and the fetcher's words behind it."""
    words = user_agent.partition("(")[2].rpartition(")")[0] or user_agent
    return _USER_AGENT.format(major=version.partition(".")[0], words=words or "compatible; Mingcha")


async def new_context(browser: Browser, user_agent: str, state: StorageState | None) -> BrowserContext:
    """Returns a context as a visitor in China has one, with the cookies of `state`. Raises playwright's Error."""
    width, height = VIEWPORT
    context = await browser.new_context(
        user_agent=user_agent,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        viewport={"width": width, "height": height},
        accept_downloads=False,
        service_workers="block",
        storage_state=state,
    )
    for script in (_FEW_WINDOWS, _NO_CONSOLE, _NO_CALLS, KEEP_FROM_DEEDS, KEEP_FROM_BEFORE, KEEP_SHADOWS, NOTE_ASKING):
        await context.add_init_script(script)
    return context


async def watch_memory(browser: Browser, limit: int) -> asyncio.Task[None] | None:
    """Returns the task that keeps the browser's processes below `limit` bytes together, None where it does not say
    which they are."""
    with contextlib.suppress(driver.Error):
        session = await browser.new_browser_cdp_session()
        info = await session.send("SystemInfo.getProcessInfo")
        pid = next(process["id"] for process in info["processInfo"] if process["type"] == "browser")
        return asyncio.ensure_future(keep_below(limit, pid))
    return None
