"""What elements of a page's own kind draw where no reader of the document looks: their shadows.

Components of design systems (custom elements, sub-applications isolated from each other) draw lists there. A visitor
sees no difference. Open shadows are properties of their elements; closed ones only whoever made them knows, so a
script in every document (`KEEP_SHADOWS`) remembers them, for `Visit.snapshot` and for selectors of what stands in them
(`HOST >> mingcha_drawn=SELECTOR`). Nothing is opened to the page.

seen: lists as <gov-list>, sub-applications of qiankun with strict isolation of styles; a search box as
<gov-search> with a closed shadow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.async_api import Playwright

# Run in every document before its own scripts.
KEEP_SHADOWS = """(() => {
  const attach = Element.prototype.attachShadow, kept = new WeakMap();
  if (!attach) return;
  Element.prototype.attachShadow = function (...how) {
    const root = attach.apply(this, how);
    kept.set(this, root);
    return root;
  };
  Object.defineProperty(window, Symbol.for('mingcha.shadows'), { value: kept });
})()"""

# What a selector finds in the closed shadow of the element before it.
DRAWN = "mingcha_drawn"
_FIND_DRAWN = """{
  queryAll(host, selector) {
    const kept = window[Symbol.for('mingcha.shadows')], root = host.shadowRoot || (kept && kept.get(host));
    return root ? [...root.querySelectorAll(selector)] : [];
  },
  query(host, selector) { return this.queryAll(host, selector)[0] || null; },
}"""


async def know_drawn(playwright: Playwright) -> None:
    """Teaches the driver selectors of what stands in closed shadows. To be done before a page is opened."""
    await playwright.selectors.register(DRAWN, f"({_FIND_DRAWN})")
