"""What a page in the browser does not go to: an address that changes something (`portal.actions`), as links to it are
not followed.

Told where the page begins to leave (a refresh, `location = ...`, a form its script sends), by an event of its own: to
hold requests back in the browser would send every one of them through a second process, at 0.7 ms each. So redirects of
the server are past it (what they led to is known afterwards), and what a page loads for itself is not asked at all.
What was pressed here was looked at before (`crawler.browser.sending`).
"""

from __future__ import annotations

import json

from portal.actions import ADDRESS

_SCRIPT = """(() => {
  if (!window.navigation) return;
  const letter = (escape, code) => {
    const char = String.fromCharCode(parseInt(code, 16));
    return /[\\w.~-]/.test(char) ? char : escape;
  };
  navigation.addEventListener('navigate', event => {
    if (!event.cancelable || event.userInitiated || event.destination.sameDocument) return;
    const to = new URL(event.destination.url);
    const path = (to.pathname + to.search).replace(/%([2-7][0-9a-f])/gi, letter);
    if (!to.protocol.startsWith('http') || !new RegExp(PATTERN, 'i').test(path)) return;
    event.preventDefault();
    Object.defineProperty(window, Symbol.for('mingcha.refused'), { value: true, configurable: true });
  });
})()"""

# Run in every document before its own; what it refused, `Visit.settle` learns.
KEEP_FROM_DEEDS = _SCRIPT.replace("PATTERN", json.dumps(ADDRESS))
