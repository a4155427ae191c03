"""The world of the sample portal: all sites at one date."""

from __future__ import annotations

import datetime as dt

from tests.portal import guarded, linjiang, mingzhou, outside, qinghe, shiqiao, shuangliu
from tests.portal.model import World, Zone

AS_OF = dt.date(2026, 10, 21)
"""The date the truth is checked at in tests; any other works as well."""


def build(as_of: dt.date = AS_OF, seed: int = 1) -> World:
    """Returns the world as it stands on `as_of`. The same arguments give the same world, byte for byte."""
    world = World(as_of, seed)
    outside.build(world)
    for site in (mingzhou, qinghe, shuangliu, shiqiao, guarded, linjiang):
        site.build(world)
    named = {zone.name for zone in world.zones}
    for host in world.hosts:
        parent = host.split(".", 1)[1] if host.count(".") > 1 else host
        if not any(host == name or host.endswith("." + name) for name in named):
            named.add(parent)
            world.zones.append(Zone(parent, (f"ns1.{parent}", f"ns2.{parent}")))
    return world
