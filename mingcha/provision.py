"""Makes sure a browser that can show Chinese is there: `python -m mingcha.provision`, called by run.py.

Nothing here is fatal: without a browser the audit goes on and says what it could not measure. System packages are
installed only as root, on Debian and its kin, announced, and never with MINGCHA_NO_INSTALL set.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys

from crawler.browser.browsers import Found, find_browser, remedies

PACKAGES = ("chromium", "chromium-headless-shell", "fonts-noto-cjk", "libatomic1")


def main() -> int:
    """Returns 0 when a proven browser is there afterwards, else 1 after printing the commands that would help."""
    found = asyncio.run(find_browser())
    if usable(found):
        return 0
    if may_install():
        say(f"没有找到能显示汉字的浏览器，正在安装{'、'.join(PACKAGES)}（不需要安装的，运行时加 --no-install）")
        if not apt():
            say("系统自带的浏览器未能安装")
        elif usable(found := asyncio.run(find_browser(fresh=True))):
            return 0
    if not isinstance(found, Found) and "MINGCHA_NO_INSTALL" not in os.environ:
        say("改为下载Playwright的Chromium")
        done = subprocess.run(
            [sys.executable, "-m", "playwright", "install", "chromium"], capture_output=True, check=False
        )
        if done.returncode == 0 and usable(found := asyncio.run(find_browser(fresh=True))):
            return 0
    if isinstance(found, Found):
        say("浏览器没有中文字体，截图中的汉字会显示为方框。可运行：")
    else:
        say("没有浏览器，核查继续进行，须用浏览器才能看到的内容记为“未能判定”。可运行：")
    for command in remedies():
        print(f"    {command}", file=sys.stderr)
    return 1


def usable(found: object) -> bool:
    """Returns whether that is a browser which launched, read text, and draws Chinese characters."""
    return isinstance(found, Found) and found.glyphs


def may_install() -> bool:
    """Returns whether system packages may be installed here: root, a Debian-like system, not forbidden."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None and "MINGCHA_NO_INSTALL" not in os.environ


def apt() -> bool:
    """Installs the packages with apt-get. Returns whether that worked."""
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}

    def run(*words: str) -> bool:
        done = subprocess.run(["apt-get", "-qq", *words], env=environ, stdout=subprocess.DEVNULL, check=False)
        return done.returncode == 0

    install = ("install", "-y", "--no-install-recommends")
    if not run("update"):
        say("apt-get update未成功，改用本机已有的软件包列表")
    # chromium-headless-shell is half the cost, but not every release has it.
    without_shell = [name for name in PACKAGES if name != "chromium-headless-shell"]
    return run(*install, *PACKAGES) or run(*install, *without_shell)


def say(message: str) -> None:
    """Tells on stderr what is being done."""
    print(f"mingcha: {message}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
