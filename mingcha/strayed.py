"""Portals that seem to have been renamed in targets.toml: said until the two histories are one."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from sqlalchemy import Engine

from mingcha.printable import printable
from portal.model import Portal
from storage.renamed import strayed


def say_strayed(engine: Engine, portals: Iterable[Portal]) -> None:
    """Says on stderr which ids of targets.toml have the address of a portal that is no longer there, and what to do."""
    for old, new in strayed(engine, {one.id: one.home for one in portals}):
        hint = f"{new} has the address of {old}, which is in the database and no longer in targets.toml"
        line = f"{hint}: if it was renamed, run: mingcha ledger rename {old} {new} --by NAME"
        print(printable(line), file=sys.stderr)
