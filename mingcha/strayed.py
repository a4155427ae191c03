"""Portals that seem to have been renamed in targets.toml: said until the two histories are one."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from sqlalchemy import Engine

from mingcha.called import called
from mingcha.printable import printable
from portal.model import Portal
from storage.renamed import strayed


def say_strayed(engine: Engine, portals: Iterable[Portal]) -> None:
    """Says on stderr which ids of targets.toml have the address of a portal that is no longer there, and what to do."""
    for old, new in strayed(engine, {one.id: one.home for one in portals}):
        hint = f"{new}的网址就是数据库中{old}的网址，而{old}已不在targets.toml中"
        line = called(f"{hint}：如果是改了代号，请运行 mingcha ledger rename {old} {new} --by 姓名")
        print(printable(line), file=sys.stderr)
