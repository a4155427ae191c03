"""The second look: which subjects a suspicion is about, trying them again in time or in a browser, and pictures of
them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

import msgspec

from checks.base import Artifacts, Finding, Outcome, Severity
from checks.registry import check
from crawler.browser.hidden import unseen_links
from crawler.browser.proof import ShotRequest, shoot
from crawler.browser.render import LINKAGE, RenderRequest, render_pages
from crawler.crawl.again import Subjects, look_again, tools, with_links
from crawler.sitting import Sitting
from mingcha.judging import Judgement
from portal.artifacts import Absence, Level, LinkRecord, Occurrence, PageRecord
from portal.facts import Element, Region
from portal.html import parse
from portal.islands import drawn_by_server, read_scripting
from portal.urls import host_of, normalise
from portal.vocabulary import load
from storage.bundle import Bundle
from storage.views import FindingView

_URL = re.compile(r"https?://\S+")
SHOT_SECONDS = 420.0
_TABS = re.compile(load("lists")["tabs"]["source"])
OUTDATED = "outdated"  # a reason to open a page: its list is old, and a script may draw it anew
ACCUSED = 60  # pages opened in one audit before they are said to lack something: each takes a second or two
OPEN_SECONDS = 240.0
UNSEEN_SECONDS = 90.0
TEMPLATES = 4  # pages opened at most to learn whether one link is shown


def subjects_of(findings: Iterable[tuple[str, Finding]], artifacts: Artifacts, *, fresh: bool = False) -> Subjects:
    """Returns what has to be looked at again for findings, each with the id of its check.

    A check's declared needs say what its findings are about, so a new check needs nothing here.
    """
    links, pages, hosts, search = set(), set(), set(), False
    for check_id, finding in findings:
        needs = check(check_id).META.requires
        named = [*_URL.findall(finding.subject), *_named(finding.facts)]
        if "link" in needs:
            links |= {url for url in named if url in artifacts.links}
            if fresh:  # was the link itself taken away?
                pages |= {place.page for place in finding.occurrences if place.page in artifacts.pages}
        if {"page", "column"} & set(needs):
            pages |= {key for url in named for key in (url, normalise(url)) if key in artifacts.pages}
        if "host" in needs:
            hosts |= {host for host in artifacts.hosts if host in finding.subject.split()}
            hosts |= {host for url in named if (host := host_of(url)) in artifacts.hosts}
        search = search or "search" in needs
    return Subjects(frozenset(links), frozenset(pages), frozenset(hosts), search, fresh)


def finding_of(view: FindingView) -> Finding:
    """Returns a stored finding as its check made it, as far as looking at it again needs it."""
    return Finding(
        kind=view.kind,
        subject=view.subject,
        outcome=Outcome.SUSPECT,
        level=Level(view.level),
        internal=view.internal,
        occurrences=tuple(
            Occurrence(
                place.page,
                place.text,
                msgspec.convert(place.element, Element),
                msgspec.convert(place.region or "body", Region),
                place.visible,
                msgspec.convert(place.level, Level),
                place.raw,
            )
            for place in view.occurrences
        ),
        occurrence_count=view.occurrence_count,
        facts=view.facts,
        severity=Severity(view.severity),
        fingerprint=view.fingerprint,
    )


async def try_again(
    bundle: Bundle, judgement: Judgement, spacing: tuple[float, ...], *, browser: bool, sitting: Sitting
) -> None:
    """Looks again, by another method, at every subject that is only suspect; the bundle holds both looks."""
    suspects = [
        (result.check, finding)
        for result in judgement.results
        for finding in result.findings
        if finding.outcome is Outcome.SUSPECT
    ]
    if subjects := subjects_of(suspects, judgement.artifacts):
        async with tools(bundle, use_browser=browser, sitting=sitting) as (fetcher, service):
            await look_again(bundle, subjects, fetcher, service, spacing=spacing)


async def open_accused(bundle: Bundle, judgement: Judgement, sitting: Sitting) -> bool:
    """Opens in a browser the pages that are accused of lacking something, or of an old list, and were read from their
    source alone: scripts may add it, or draw the list anew. Returns whether any was opened; the bundle holds what it
    showed. Raises BundleError."""
    accused: dict[str, str] = {}
    for judged in judgement.results:
        for finding in judged.findings:
            kind = check(judged.check).META.kind(finding.kind)
            if kind.absent or kind.outdated:
                accused[finding.subject] = LINKAGE if kind.absent else accused.get(finding.subject, OUTDATED)
    found = (bundle.get(PageRecord, url) for url in sorted(accused))
    pages = {
        page.url: page
        for page in found
        if page is not None and not page.render_reason and page.carried is None
        if accused[page.url] == LINKAGE or _may_be_drawn_anew(bundle, page)
    }
    if not pages:
        return False
    requests = [RenderRequest(url, accused[url]) for url in pages]
    async with tools(bundle, use_browser=True, sitting=sitting) as (_, service):
        if service is None:
            return False
        as_of = bundle.header.as_of
        async for result in render_pages(
            service, requests, seconds=OPEN_SECONDS, bundle=bundle, as_of=as_of, pages=ACCUSED
        ):
            if result.failed not in {Absence.BUDGET, Absence.DEADLINE}:
                bundle.add(with_links(result.onto(pages[result.url])))
    bundle.flush()
    return True


def _may_be_drawn_anew(bundle: Bundle, page: PageRecord) -> bool:
    """Returns whether scripts of a page ask for lists, fetch more behind tabs, or go on with what the server drew."""
    if not page.fetch.evidence:
        return False
    doc = parse(bundle.blob(page.fetch.evidence), page.url, page.fetch.content_type)
    return read_scripting(doc).likely or drawn_by_server(doc) or _TABS.search(doc.source) is not None


async def note_unseen(bundle: Bundle, judgement: Judgement, sitting: Sitting) -> bool:
    """Asks a browser which accused links of heads, menus and feet the style sheets of their pages never show. Returns
    whether there are such: in the bundle, their places are no longer visible. Raises BundleError.

    What stands in one region with the same words is of one template: one page of each tells for all of them.
    """
    asked: dict[str, set[str]] = defaultdict(set)
    places: dict[str, dict[tuple[str, Element, Region], str]] = {}
    for result in judgement.results:
        for finding in result.findings if "link" in check(result.check).META.requires else ():
            kinds: dict[tuple[str, Element, Region], str] = {}
            for place in finding.occurrences:
                kinds.setdefault((place.text, place.element, place.region), place.page)
            framing = any(p.region is not Region.BODY or p.level is Level.HOME for p in finding.occurrences)
            if framing and finding.subject in judgement.artifacts.links and len(kinds) <= TEMPLATES:
                places[finding.subject] = kinds
                for page in kinds.values():
                    asked[page].add(finding.subject)
    if not asked:
        return False
    async with tools(bundle, use_browser=True, sitting=sitting) as (_, service):
        if service is None:
            return False
        wanted = {page: sorted(asked[page]) for page in sorted(asked)}
        unseen = await unseen_links(service, wanted, seconds=UNSEEN_SECONDS)
    for url in {url for _, url in unseen}:
        link = bundle.get(LinkRecord, url)
        if link is None:
            continue
        seen = tuple(
            msgspec.structs.replace(place, visible=False)
            if (places[url].get((place.text, place.element, place.region), ""), url) in unseen
            else place
            for place in link.occurrences
        )
        bundle.add(msgspec.structs.replace(link, occurrences=seen))
    bundle.flush()
    return bool(unseen)


async def take_screenshots(bundle: Bundle, findings: Iterable[Finding], sitting: Sitting) -> None:
    """Takes a picture of each finding where it stands, or stood, on the portal, the element it is about outlined."""
    home = bundle.header.portal.home
    requests = []
    for rank, finding in enumerate(findings):
        place = finding.occurrences[0].page if finding.occurrences else ""
        page = place or next(iter(_URL.findall(finding.subject)), home)
        target = finding.subject if place else ""
        requests.append(ShotRequest(finding.fingerprint, page, target=target, caption=finding.message, rank=rank))
    if requests:
        async with tools(bundle, use_browser=True, sitting=sitting) as (_, service):
            if service is not None:
                await shoot(service, bundle, requests, seconds=SHOT_SECONDS)


def _named(value: object) -> list[str]:
    """Returns every URL named in the facts of a finding."""
    if isinstance(value, str):
        return [value] if _URL.fullmatch(value) else []
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return [url for part in value for url in _named(part)]
    return []
