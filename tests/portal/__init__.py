"""The sample portal: seven invented government sites with injected defects, traps, and the truth about both.

`build(as_of, seed)` makes a `World` (pure: the same arguments give the same bytes), `serve(world)` puts it on loopback
with its own DNS server, `python -m tests.portal.serve` does so from a shell. Nothing here knows the readers it is
measured with: no class name, id or path of a page occurs in the code under test.

    mingzhou   static county portal in GBK, pager written by script, search on a sub-domain in a new tab
    qinghe     header, lists and search results drawn by scripts from JSON; IPv6 shows another page
    shuangliu  lists as XML islands with a data endpoint, search by POST with a stale index; IPv6 half broken
    shiqiao    frames and tables, every unknown address answers 200, no search, no AAAA
    yunmen     a cookie challenge a browser passes; search on an inner page; name servers on IPv4 only
    xialing    a captcha: nothing can be measured, so nothing may be said
    linjiang   stale, a search that answers 500, a dead IPv6 address

A new defect is an `expect(...)` beside the markup that makes it, a new trap a `trap(...)`; `test_served` then holds
both against what the server really answers, and `tests.quality` holds the product against them.
"""

from tests.portal.model import Expected, Trap, World
from tests.portal.server import Served, serve
from tests.portal.world import AS_OF, build

__all__ = ["AS_OF", "Expected", "Served", "Trap", "World", "build", "serve"]
