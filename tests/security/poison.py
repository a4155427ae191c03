"""An audit whose portal wrote hostile words wherever a portal can write any."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from storage.views import AuditView

EVIL = "http://evil.example/"
# Words that run, load, post, move or rebase something wherever they are taken for markup.
WORDS = (
    f"<script>window.owned=1;fetch('{EVIL}?fetch')</script>\"><img src={EVIL}?img onerror=window.owned=1>"
    f"'><svg onload=window.owned=1></svg></style></title></textarea><iframe src={EVIL}?frame></iframe>"
    f"<link rel=stylesheet href={EVIL}?style><object data={EVIL}?object></object><base href={EVIL}>"
    f"<form action={EVIL}form><input autofocus onfocus=window.owned=1></form><a href=javascript:window.owned=1>x</a>"
    "{{191*7919}}{% for x in y %}${191*7919}\u2028`"
)
REFRESH = f'<meta http-equiv="refresh" content="0; url={EVIL}?refresh">'
ADDRESSES = (
    "javascript:window.owned=1",
    " javascript:window.owned=1",
    "java\nscript:window.owned=1",
    "data:text/html,<script>window.owned=1</script>",
    "vbscript:window.owned=1",
    "file:///etc/passwd",
    f'{EVIL}"onmouseover="window.owned=1"x="',
    f"{EVIL}'><script>window.owned=1</script>",
    f"{EVIL}{{{{191*7919}}}}",
)


def poisoned(view: AuditView, words: str = WORDS + REFRESH, addresses: tuple[str, ...] = ADDRESSES) -> AuditView:
    """Returns the view with these words in every text that comes from pages, and these addresses in turn."""
    turn = iter(range(10**9))

    def address() -> str:
        return addresses[next(turn) % len(addresses)]

    def said(value: Any) -> Any:
        if isinstance(value, str) and len(value) != 64:
            return address() if "://" in value[:8] else words
        if isinstance(value, Mapping):
            return {key: said(part) for key, part in value.items()}
        if isinstance(value, (list, tuple)):
            return type(value)(said(part) for part in value)
        return value

    findings = tuple(
        replace(
            one,
            title=words,
            message=words,
            column=words,
            subject=address(),
            internal=True,
            facts=said(one.facts),
            occurrences=tuple(replace(seen, page=address(), text=words, raw=address()) for seen in one.occurrences),
        )
        for one in view.findings
    )
    results = tuple(
        replace(
            one,
            rows=tuple(said(row) for row in one.rows),
            warnings=(words,),
            draws=tuple(
                replace(
                    draw,
                    members=tuple(replace(member, title=words, subject=address()) for member in draw.members),
                )
                for draw in one.draws
            ),
        )
        for one in view.results
    )
    evidence = {digest: replace(one, url=address()) for digest, one in view.evidence.items()}
    portal = replace(view.portal, name=words, unit=words)
    return replace(view, findings=findings, results=results, evidence=evidence, portal=portal)
