"""What in targets.toml is hardly meant: a portal that seems to have been renamed, one that stands there twice."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from sqlalchemy import Engine

from mingcha.called import called
from mingcha.printable import printable
from portal.model import Portal
from portal.urls import bare
from storage.renamed import strayed


def say_strayed(engine: Engine, portals: Iterable[Portal]) -> None:
    """Says on stderr which ids of targets.toml have the address of a portal that is no longer there, and what to do."""
    for old, new in strayed(engine, {one.id: one.home for one in portals}):
        hint = f"{new}的网址就是数据库中{old}的网址，而{old}已不在targets.toml中"
        line = called(f"{hint}：如果是改了代号，请运行 mingcha ledger rename {old} {new} --by 姓名")
        print(printable(line), file=sys.stderr)


def say_twice(portals: Iterable[Portal]) -> None:
    """Says on stderr which portals have one home page, by http or https, with www or without: all counts twice."""
    homes: dict[str, list[str]] = {}
    for one in portals:
        homes.setdefault(bare(one.home), []).append(one.id)
    for home, ids in homes.items():
        if len(ids) > 1:
            line = f"targets.toml中{'、'.join(ids)}的网址相同（{home}）：同一网站会重复核查，问题各记一遍，请只保留一个"
            print(printable(line), file=sys.stderr)
