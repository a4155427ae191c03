"""What a page in the browser does not ask for: an address that changes something (`portal.actions`), as links to it are
not followed.

Nobody here is asked about a request: to hold requests back one by one the browser would send all of them through a
second process, at 1.1 ms each. So it is told beforehand, twice:

- rules for its network (`HELD_BACK`): what matches them fails there as if the machine were offline, on whatever way a
  page asks, behind a redirect of the server and out of a frame of another host too. They know no regular expressions:
  the plainest of the vocabulary. Older browsers do not take them.
- a script in every document (`KEEP_FROM_DEEDS`), with the whole vocabulary: a page that begins to leave by itself (a
  refresh, `location = ...`, a form its script sends) or to open a window is kept where it is.

What came to one past both is known afterwards. What was pressed here was looked at before (`crawler.browser.sending`).
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from typing import Any

from portal.actions import ADDRESS
from portal.vocabulary import load

_SCRIPT = """(() => {
  const letter = (escape, code) => {
    const char = String.fromCharCode(parseInt(code, 16));
    return /[\\w.~-]/.test(char) ? char : escape;
  };
  const deed = to => to.protocol.startsWith('http') && new RegExp(PATTERN, 'i')
    .test((to.pathname + to.search).replace(/%([2-7][0-9a-f])/gi, letter));
  const open = window.open;
  window.open = function (address) {
    try { if (deed(new URL(address, document.baseURI))) return null; } catch (none) {}
    return open.apply(window, arguments);
  };
  if (window.navigation) navigation.addEventListener('navigate', event => {
    if (!event.cancelable || event.userInitiated || event.destination.sameDocument) return;
    if (!deed(new URL(event.destination.url))) return;
    event.preventDefault();
    Object.defineProperty(window, Symbol.for('mingcha.refused'), { value: true, configurable: true });
  });
})()"""

# Run in every document before its own; what it refused, `Visit.settle` learns.
KEEP_FROM_DEEDS = _SCRIPT.replace("PATTERN", json.dumps(ADDRESS))

# What the browser says of a request it holds back. It reaches its proxy always, so this means nothing else.
HELD = "ERR_INTERNET_DISCONNECTED"


def _spelled(word: str) -> list[str]:
    """The ways programs write a word of one or more parts, as URL patterns."""
    parts = word.split()
    titled = [part.capitalize() for part in parts]
    ways = ["{-}?".join(parts), "".join(titled)]
    if len(parts) > 1:
        ways += ["_".join(parts), parts[0] + "".join(titled[1:]), "".join(parts).capitalize(), "".join(parts).upper()]
    return ways


def _patterns(held: Mapping[str, Any]) -> Iterator[str]:
    words = itertools.chain.from_iterable(map(_spelled, held["words"])) if held["deed"] else held["words"]
    for word, name, form in itertools.product(words, held.get("names", ("",)), held["forms"]):
        yield f"*://*:*{form.replace('N', name).replace('W', word)}"


# For the browser's command Network.emulateNetworkConditionsByRule. Nothing is slowed down, nothing matched is sent.
HELD_BACK: Mapping[str, Any] = {
    "matchedNetworkConditions": [
        {"urlPattern": pattern, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1, "offline": held["deed"]}
        for held in load("actions")["held"]
        for pattern in _patterns(held)
    ]
}
