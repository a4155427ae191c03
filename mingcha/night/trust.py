"""The canary's part of a night: audited before the portals, its verdict says whether the night can be trusted.

It lies in FOLDER/DATE/.canary with a database of its own, so that nothing of it reaches a ledger.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from crawler.targets import TargetsError, load_targets
from mingcha.night.canary.serve import served
from mingcha.night.canary.verdict import Verdict, expected, verdict
from mingcha.night.folder import last_line
from portal.model import Portal
from portal.zone import CHINA
from reports.write import FINDINGS

FOLDER = ".canary"

Audit = Callable[[Path, Path, Portal, Path, Path], Awaitable[int]]  # targets, database, portal, --out, log -> exit code


async def judged(night: Path, audit: Audit, now: dt.datetime, *, browser: bool) -> Verdict:
    """Returns what auditing the canary says of a night whose files lie in `night`. What was there of it is replaced."""
    folder = night / FOLDER
    try:
        shutil.rmtree(folder, ignore_errors=True)
        with served(folder, now.astimezone(CHINA).date()) as targets:
            (portal,) = load_targets(targets).portals
            log = folder / "audit.log"
            code = await audit(targets, folder / "canary.sqlite", portal, folder / "audit", log)
        lines = (folder / "audit" / FINDINGS).read_text("utf-8").splitlines() if code == 0 else []
    except (OSError, TargetsError) as error:
        return Verdict(error=f"it could not be audited: {error}")
    if code != 0:
        return Verdict(error=f"its audit ended with code {code}: {last_line(log)}")
    return verdict(map(json.loads, lines), browser=browser)


def remembered(facts: Mapping[str, Any]) -> Verdict | None:
    """Returns the verdict an earlier sitting of the night wrote down, None where there is none."""
    known = facts.get("canary")
    if not isinstance(known, dict):
        return None
    return Verdict(tuple(known.get("missing", ())), tuple(known.get("unexpected", ())), str(known.get("error", "")))


def as_dict(known: Verdict | None) -> dict[str, Any] | None:
    """Returns the verdict as it stands in night.json."""
    if known is None:
        return None
    return {
        "sound": known.sound,
        "missing": list(known.missing),
        "unexpected": list(known.unexpected),
        "error": known.error,
    }


def said(known: Verdict, *, browser: bool) -> str:
    """Returns the verdict as people read it, in Chinese."""
    if known.sound:
        return f"自检通过：自带的问题网站中 {len(expected(browser=browser))} 项已知问题全部查出，没有误报"
    parts = [f"漏查 {len(known.missing)} 项（{'、'.join(known.missing)}）"] if known.missing else []
    parts += [f"误报 {len(known.unexpected)} 项（{'、'.join(known.unexpected)}）"] if known.unexpected else []
    parts += [f"未能完成（{known.error}）"] if known.error else []
    return f"自检未通过：{'，'.join(parts)}。本夜结果只供参考，不销号、不计分；请运行 mingcha doctor 检查本机"
