"""What checks ask of every page and link, kept small: all records of a large portal do not fit into memory at once.

Outlines are made in one pass over the records. Whoever needs more of one takes the record itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Iterator, Mapping
from typing import Protocol, TypeVar, cast, runtime_checkable

import msgspec

from portal.artifacts import Absence, Attempt, FetchOutcome, Level, LinkRecord, PageRecord
from portal.drawn import awaits_script, is_drawn
from portal.facts import PageFacts, PageKind, Rung

R = TypeVar("R")
T = TypeVar("T")

ARTICLE_KINDS = frozenset({PageKind.ARTICLE, PageKind.POLICY, PageKind.INTERPRETATION, PageKind.LETTER, PageKind.GUIDE})
# Failures by silence: they may be our own line's fault when they strike most hosts at once.
SILENT = frozenset({FetchOutcome.TIMEOUT, FetchOutcome.DNS_UNKNOWN, FetchOutcome.NO_ROUTE})


class PageOutline(msgspec.Struct, frozen=True, gc=False):
    """One page. What is said of contents is said of the view that counts: the browser's where one looked."""

    url: str
    level: Level
    unreadable: Absence | None  # why nothing can be said of its contents
    carried: bool  # known from an earlier day only
    rendered: bool
    kind: PageKind | None  # None: nothing readable came
    title: str
    list_title: str  # only where there is no title
    list_date: dt.date | None
    own: tuple[dt.date, Rung] | None  # publication day the view shows
    date: tuple[dt.date, Rung] | None  # the same, else what the source shows
    written: dt.date | None  # 成文日期 of its table
    signed: dt.date | None  # 成文日期 anywhere
    text_length: int
    numbered: bool  # its table, or a line of its own below the title, has a 文号
    article: bool  # in one of its views
    blank: bool  # nothing to read or see, in all of its views; of a page drawn into a frame, in the browser's
    drawn: bool  # a script draws it; see `portal.drawn`
    framed: bool  # the server's answer is a frame without a page in it
    offering: bool  # its list offers interpretations beside items
    columns: tuple[str, ...]
    outcome: FetchOutcome
    elapsed: float
    opened: bool  # in a browser, or that was tried
    unopened: bool  # it was tried in vain


class LinkOutline(msgspec.Struct, frozen=True, gc=False):
    """One link. `outcome`, `elapsed` and `known` are those of the last attempt; no outcome: it was never asked."""

    internal: bool
    carried: dt.date | None
    unseen: bool  # stands only on pages that are known from an earlier day
    silent: bool  # all attempts were met by silence
    outcome: FetchOutcome | None
    elapsed: float
    known: bool


class AskedLink(msgspec.Struct, frozen=True, gc=False):
    """A link record but for where it stands."""

    url: str
    internal: bool
    count: int
    level: Level
    attempts: tuple[Attempt, ...] = ()
    skipped: Absence | None = None
    carried: dt.date | None = None


Asked = LinkRecord | AskedLink


@runtime_checkable
class Outlined(Protocol):
    """Records in a file, which can be read as a type with fewer fields."""

    def outlines(self, shape: type[T]) -> Iterator[T]:
        """Yields all of them in order of address."""
        ...


def asked_links(links: Mapping[str, LinkRecord]) -> Iterator[Asked]:
    """Yields every link, in order of address. Where it stands is left in the file: to read that of all takes long, and
    most are good wherever they stand. Whoever wants to know asks for the `whole` link."""
    if isinstance(links, Outlined):
        yield from links.outlines(AskedLink)
    else:
        yield from (link for _, link in in_order(links))


def in_order(records: Mapping[str, R]) -> Iterator[tuple[str, R]]:
    """Yields addresses and records in order of address; a mapping that reads them from a file is in that order."""
    if isinstance(records, dict):
        yield from sorted(records.items(), key=lambda pair: pair[0])
    else:
        yield from records.items()


def whole(link: Asked, links: Mapping[str, LinkRecord]) -> LinkRecord:
    """Returns a link with where it stands."""
    return link if isinstance(link, LinkRecord) else links[link.url]


def page_outlines(pages: Mapping[str, PageRecord]) -> dict[str, PageOutline]:
    """Returns the outline of every page, in order of address."""
    shared: dict[object, object] = {}
    return {url: outline_of(page, shared) for url, page in in_order(pages)}


def link_outlines(links: Mapping[str, LinkRecord], pages: Mapping[str, PageOutline]) -> dict[str, LinkOutline]:
    """Returns the outline of every link, in order of address. `pages` are those of all pages: most links lead there."""
    carried = {url for url, page in pages.items() if page.carried}
    found: dict[str, LinkOutline] = {}
    shared: dict[float, float] = {}
    for link in (link for _, link in in_order(links)) if carried else asked_links(links):
        page = pages.get(link.url)
        found[page.url if page is not None else link.url] = _link(link, carried, shared)
    return found


def outline_of(page: PageRecord, shared: dict[object, object] | None = None) -> PageOutline:
    """Returns the outline of one page. `shared` holds what others have alike: days, columns, seconds."""

    def one(value: T) -> T:
        return value if shared is None else cast(T, shared.setdefault(value, value))

    facts = view_of(page)
    views = [view for view in (page.rendered, page.facts) if view is not None]
    # The frame that a script draws a page into is no view of that page.
    shown = [page.rendered] if page.rendered is not None and awaits_script(page) else views
    own, title = one(_day(facts)), facts.title if facts is not None else ""
    document = facts.document if facts is not None else None
    return PageOutline(
        url=page.url,
        level=page.level,
        unreadable=unreadable(page),
        carried=page.carried is not None,
        rendered=page.rendered is not None,
        kind=facts.kind if facts is not None else None,
        title=title,
        list_title="" if title else page.list_title,
        list_date=one(page.list_date),
        own=own,
        date=own or one(_day(page.facts if facts is not None else None)),
        written=one(document.written if document is not None else None),
        signed=one(facts.written_date.date if facts is not None and facts.written_date is not None else None),
        text_length=facts.text_length if facts is not None else 0,
        numbered=bool(facts is not None and facts.printed_number) or (document is not None and bool(document.doc_no)),
        article=any(view.kind in ARTICLE_KINDS for view in views),
        blank=all(_blank(view) for view in shown),
        drawn=is_drawn(page),
        framed=awaits_script(page),
        offering=any(item.url and item.interpretations for view in views for item in view.items),
        columns=one(page.columns),
        outcome=page.fetch.outcome,
        elapsed=one(page.fetch.elapsed),
        opened=bool(page.render_reason),
        unopened=page.render_failed is not None,
    )


def view_of(page: PageRecord) -> PageFacts | None:
    """Returns the facts that count: what a browser shows where one looked, else what the source says."""
    return page.rendered or page.facts


def unreadable(page: PageRecord | None) -> Absence | None:
    """Returns why nothing can be said about the contents of a page, None where its contents were read."""
    if page is None:
        return Absence.NOT_GATHERED
    facts = view_of(page)
    if page.skipped:
        return page.skipped
    if page.rendered is None and page.render_failed in {Absence.CAPTCHA, Absence.CHALLENGE, Absence.LOGIN}:
        return page.render_failed
    if facts is not None and facts.kind is PageKind.CHALLENGE:
        interactive = facts.challenge is not None and facts.challenge.interactive
        return Absence.CAPTCHA if interactive else Absence.CHALLENGE
    if page.rendered is None and page.fetch.outcome is not FetchOutcome.OK:
        return {
            FetchOutcome.BLOCKED: Absence.BLOCKED,
            FetchOutcome.ROBOTS: Absence.ROBOTS,
            FetchOutcome.PRIVATE: Absence.PRIVATE,
            FetchOutcome.DEED: Absence.DEED,
            FetchOutcome.BUDGET: Absence.BUDGET,
            FetchOutcome.DNS_UNKNOWN: Absence.NO_DNS,
            FetchOutcome.ABORTED: Absence.NOT_GATHERED,
        }.get(page.fetch.outcome, Absence.UNREACHABLE)
    if facts is None:
        return Absence.NOT_GATHERED
    if facts.kind is PageKind.ERROR or facts.redirect:
        # An error page in the place of a column is a matter of links, not of its contents.
        return Absence.UNREACHABLE
    return None


def _day(facts: PageFacts | None) -> tuple[dt.date, Rung] | None:
    reading = facts.pub_date if facts is not None else None
    return (reading.date, reading.rung) if reading is not None else None


def _blank(facts: PageFacts) -> bool:
    if facts.kind not in ARTICLE_KINDS:
        return False
    return facts.body_empty and not facts.media and not facts.attachments and not facts.items


def _link(link: Asked, carried: Container[str], shared: dict[float, float]) -> LinkOutline:
    last = link.attempts[-1] if link.attempts else None
    return LinkOutline(
        internal=link.internal,
        carried=link.carried,
        unseen=isinstance(link, LinkRecord)
        and bool(link.occurrences)
        and all(place.page in carried for place in link.occurrences),
        silent=all(attempt.outcome in SILENT for attempt in link.attempts),
        outcome=last.outcome if last is not None else None,
        elapsed=shared.setdefault(last.elapsed, last.elapsed) if last is not None else 0.0,
        known=last is not None and last.known,
    )
