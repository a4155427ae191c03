"""What elements of a page's own kind draw where no reader of the document looks: their shadows.

Components of design systems (custom elements, sub-applications isolated from each other) draw lists there. A visitor
sees no difference. Open shadows are properties of their elements; closed ones only whoever made them knows, so a
script in every document (`KEEP_SHADOWS`) remembers them, for `Visit.snapshot` alone. Nothing is opened to the page.

seen: lists as <gov-list>, sub-applications of qiankun with strict isolation of styles.
"""

from __future__ import annotations

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
