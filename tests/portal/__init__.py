"""The sample portal: seven invented government sites with injected defects, traps, and the truth about both.

`build(as_of, seed)` makes a `World` (pure: the same arguments give the same bytes), `serve(world)` puts it on loopback
with its own DNS server, `python -m tests.portal.serve` does so from a shell. Nothing here knows the readers it is
measured with: no class name, id or path of a page occurs in the code under test.
"""

from tests.portal.model import Expected, Trap, World
from tests.portal.server import Served, serve
from tests.portal.world import AS_OF, build

__all__ = ["AS_OF", "Expected", "Served", "Trap", "World", "build", "serve"]
