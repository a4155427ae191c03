"""Records in which nearly every check finds something."""

from __future__ import annotations

from typing import Any

from portal.artifacts import FetchOutcome, Level
from portal.facts import PageKind
from tests.unit.checks.make import (
    CONTENT,
    HOME,
    ago,
    column,
    facts,
    found,
    host,
    items,
    link,
    page,
    paper,
    search,
    session,
    title,
    tried,
    url,
)

LIST = PageKind.COLUMN


def world() -> list[Any]:
    """Records with a finding of nearly every check in them."""
    bad = [tried(FetchOutcome.NOT_FOUND), tried(FetchOutcome.NOT_FOUND, "browser", after=99)]
    made: list[Any] = [page(HOME, PageKind.HOME, level=Level.HOME, items=items(ago(40), ago(41), ago(42)))]
    for n in range(4):
        made.append(link(url(f"/gone{n}.html"), *bad))
        made.append(link(url(f"/fine{n}.html"), tried(**CONTENT)))
        at = url(f"/c{n}/")
        made.append(column(at, f"栏目{n}"))
        empty = facts(at, LIST, empty_list=True)
        made.append(page(at, LIST, rendered=empty) if n % 2 else page(at, LIST, items=items(ago(400), at=f"/c{n}/")))
        number = f"沁政发〔2026〕{n}号"
        name = f"沁河县第{n}项农田水利建设实施方案"
        document = paper(number=number)
        made.append(
            page(url(f"/p{n}.html"), PageKind.POLICY, f"关于印发《{name}》的通知", date=ago(90), document=document)
        )
        if n > 1:
            made.append(page(url(f"/i{n}.html"), PageKind.INTERPRETATION, f"《{name}》解读", date=ago(50)))
    made.append(host(aaaa=found(), random_page=tried(FetchOutcome.NOT_FOUND)))
    made.append(search(*(session(title(n), hits=(), tabs=(), after=n) for n in range(4))))
    return made
