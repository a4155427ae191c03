"""The visible title of a page: of its article, or the name of its column.

Ladder: the official ArticleTitle as it is shown on the page; an element that agrees with a part of <title>, headings
and title-classed ones first; the name in the metadata table; the line above the byline; <title> without its site and
column.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache

from lxml import etree

from portal.breadcrumb import read_breadcrumb
from portal.facts import Region
from portal.flow import UNSEEN, Flow, flow_of
from portal.headings import without_more
from portal.heads import MARKUP, head_title, is_site_name, no_titles, segments, strip_site
from portal.html import Document, markup_of, squeeze
from portal.markup import UNTOLD, name_parts
from portal.meta import is_foreign_column
from portal.nesting import Markup
from portal.regions import layout
from portal.text import fold_title
from portal.toplines import above_byline, above_table, called_in_table, centred, joined, unbroken
from portal.vocabulary import any_of, words

_HEADINGS = {"h1": 6, "h2": 5, "h3": 4, "h4": 3, "h5": 2, "h6": 2}
_HAN = re.compile(r"[\u4e00-\u9fff]+")  # letters that no folding changes
_TELLING = 12  # characters from which a text is a title by itself
_LONGEST = 250
_NOT_TITLES = frozenset({"html", "body", "ul", "ol", "table", "tbody", "form", "script", "br", "img", "input"})


@cache
def _names() -> frozenset[str]:
    return frozenset(words("articles", "title", "names"))


def _titled(page: Markup, flow: Flow, least: int, most: int) -> Iterator[int]:
    """Yields the elements with so many characters that are headings, or whose class or id say that they hold a title
    (title, articleTitle, titlestyle1045, bt)."""
    for number in [number for number, tag in enumerate(page.openings) if tag.titled]:
        if not least <= flow.stops[number] - flow.starts[number] <= most:
            continue
        tag = page.openings[number]
        if tag.titled == UNTOLD:
            tag.titled = tag.name not in _NOT_TITLES and (tag.name in _HEADINGS or _name_titles(tag.parts))
        if tag.titled:
            yield number


@lru_cache(maxsize=1024)
def _name_titles(parts: frozenset[str]) -> bool:
    return not parts.isdisjoint(_names()) or any(part.startswith(("title", "biaoti")) for part in parts)


def article_title(doc: Document, meta: Mapping[str, str]) -> tuple[str, etree._Element | None]:
    """Returns the title of an article as shown and the element that shows it (None: only <title> or tag say it)."""
    flow = flow_of(doc)
    places = layout(doc)
    head = head_title(doc)
    tagged = meta.get("ArticleTitle", "")
    if tagged:
        tagged = _once(squeeze(MARKUP.sub(" ", html.unescape(tagged))))
    head = _once(head)  # some templates print the title twice
    want = fold_title(tagged)
    folded_head = fold_title(head)
    led = _led(head, meta)
    parts = frozenset((want, folded_head, *map(fold_title, segments(head))))
    best: tuple[float, etree._Element] | None = None
    page = markup_of(doc)
    trail = places.order(places.crumb) if places.crumb is not None else len(page.elements)
    beyond = page.last[trail] if places.crumb is not None else -1
    for number, text in _telling(flow, want, folded_head):
        element, region = page.elements[number], places.in_order[number].region
        if page.openings[number].name in _NOT_TITLES or trail <= number <= beyond or region is Region.FOOTER:
            continue
        folded = fold_title(text)
        score = _agreement(folded, want, folded_head, text, meta, led)
        if score <= 0:
            continue
        if region is not Region.BODY and len(folded) < _TELLING and folded not in parts:
            continue  # an entry of the menu that stands somewhere in <title>
        score += _standing(element, region, places.crumb)
        if best is None or score > best[0]:
            best = (score, element)
    if best is not None:
        title = unbroken(_shown(flow, best[1]), tagged, head)
        if (whole := joined(flow, best[1], want, head)) is not None:
            return unbroken(whole[0], tagged, head), whole[1]
        if want or len(fold_title(title)) >= _TELLING:
            return title, best[1]
        # A short match may be the column that <title> names beside nothing else (pds__04).
        above = above_byline(doc, flow, meta)
        if above[0] and fold_title(above[0]) not in folded_head:
            steps = {fold_title(step.text) for step in read_breadcrumb(doc)}
            if len(fold_title(above[0])) >= _TELLING or fold_title(title) in steps:
                return above
        return title, best[1]
    if not tagged:
        called = called_in_table(doc, flow)
        if called[0]:
            return called
    above = above_byline(doc, flow, meta)
    heading = _heading(doc, flow, meta)
    if tagged:
        return tagged, (heading if heading[0] else above)[1]
    if _subtitled(flow, heading, above):
        return heading
    if above[0] and (not heading[0] or len(above[0]) >= _TELLING or above[1] is heading[1]):
        return above
    stripped = strip_site(head, meta)
    if not heading[0] and (topped := above_table(doc, flow, meta))[0]:
        return topped
    if heading[0] and (not stripped or is_site_name(stripped, meta) or fold_title(stripped) in no_titles()):
        return heading
    # A <title> that the page does not show may be the same on every page of its site (某市科技大脑).
    telling = len(fold_title(heading[0])) >= _TELLING and len(stripped) < len(heading[0]) and stripped not in flow.text
    if stripped and not is_site_name(stripped, meta) and not telling:
        return stripped, heading[1]
    lines = heading if heading[0] else centred(doc, flow)
    return lines if lines[0] and not is_site_name(lines[0], meta) else (stripped, None)


def _subtitled(
    flow: Flow, heading: tuple[str, etree._Element | None], above: tuple[str, etree._Element | None]
) -> bool:
    """Returns whether the line above the byline stands right below a heading of the first level: it is its subtitle."""
    first, second = heading[1], above[1]
    if first is None or second is None or first.tag != "h1" or second.tag == "h1" or second in first.iter():
        return False
    between = flow.text[flow.end[first] : flow.start[second]]
    return len(fold_title(heading[0])) >= _TELLING and flow.end[first] <= flow.start[second] and not between.strip()


def _telling(flow: Flow, want: str, head: str) -> Iterator[tuple[int, str]]:
    """Yields the elements whose text may be the wanted title or <title> (both folded), hold the first or be a part of
    either, with that text: told by its first letters, since folding every text of a page takes longer than all the
    rest."""
    shown = f"{flow.text}\n"  # an element may end the text
    known = f"{want}\n{head}"
    letters = frozenset(known)
    begins = {
        begin
        for begin in set(flow.starts)
        if (opening := shown[begin : begin + 2]) in known
        or not "\u4e00" <= opening < "\ua000"
        or (opening[0] in letters and (want or not "\u4e00" <= opening[1] < "\ua000"))
    }
    begins.discard(UNSEEN)
    for number in [number for number, begin in enumerate(flow.starts) if begin in begins]:
        begin, end = flow.starts[number], flow.stops[number]
        if not 2 <= end - begin <= _LONGEST:
            continue
        if (run := _HAN.match(shown, begin, end)) is not None:
            telling = run[0] in known or 0 < len(want) <= end - begin  # a part of it, or long enough to hold it
        else:
            first = shown[begin]
            telling = first in letters or not first.isalnum() or first >= "\uff00" or letters >= {*first.casefold()}
        if telling:
            yield number, shown[begin:end].strip()


def _led(head: str, meta: Mapping[str, str]) -> str:
    """Returns what <title> begins with, folded, if it ends like the name of a site and is none, since one stands behind
    it (某市生态环境局约谈某县人民政府_某市生态环境局)."""
    parts = segments(head)
    if len(parts) < 2 or len(parts[0]) < _TELLING or not is_site_name(parts[0], meta):
        return ""
    site = fold_title(meta.get("SiteName", ""))
    folded = fold_title(parts[0])
    return folded if folded != site and is_site_name(parts[-1], meta) else ""


def _agreement(folded: str, want: str, head: str, text: str, meta: Mapping[str, str], led: str) -> float:
    """Returns how well a text agrees with what the page says its title is; 0 for no agreement. `led`: see `_led`."""
    if len(folded) < 2:
        return 0.0
    if want and folded == want:
        return 100.0
    if want and len(folded) >= 6 and (folded in want or want in folded) and len(want) >= 6:
        return 60.0 * min(len(folded), len(want)) / max(len(folded), len(want))
    if (
        (len(folded) >= 6 or (len(folded) >= 4 and folded == head))
        and folded in head
        and fold_title(meta.get("ColumnName", "")) != folded
        and (folded == led or not all(is_site_name(p, meta) for p in segments(text) or [text]))
    ):
        return 30.0 + 40.0 * len(folded) / len(head) + (10.0 if head.startswith(folded) else 0.0)
    return 0.0


def _standing(element: etree._Element, region: Region, crumb: etree._Element | None) -> float:
    """Returns the weight of an element's form as a title."""
    score = float(_HEADINGS.get(str(element.tag), 0))
    if _name_titles(name_parts(element)):
        score += 4
    if region is Region.BODY:
        score += 5
    if element.tag in ("a", "li", "option", "td"):
        score -= 3 if element.tag != "td" else 1
    parent = element.getparent()
    if parent is not None and (parent.tag == "a" or crumb is parent):
        score -= 4
    return score


def _once(text: str) -> str:
    half = len(text) // 2
    if len(text) > 12 and text[:half].strip() == text[half:].strip():
        return text[:half].strip()
    return text


@cache
def _byline() -> re.Pattern[str]:
    source = any_of(words("articles", "byline", "source"))
    return re.compile(
        rf"\s(?:[\[(（【]?\s?(?:19|20)\d{{2}}[-/.年]\d{{1,2}}|(?:{source})\s*[:：]|(?:发布|更新)(?:时间|日期))"
    )


def _shown(flow: Flow, element: etree._Element) -> str:
    """Returns the text of a title element, without a byline inside of it."""
    text = squeeze(flow.of(element))
    cut = _byline().search(text)
    return text[: cut.start()] if cut and cut.start() >= 6 else text


def _heading(doc: Document, flow: Flow, meta: Mapping[str, str]) -> tuple[str, etree._Element | None]:
    """Returns the most title-like element when <title> and tags do not help: a heading or title-classed element."""
    places = layout(doc)
    best: tuple[float, str, etree._Element] | None = None
    page = markup_of(doc)
    for number in _titled(page, flow, 6, _LONGEST):
        if places.in_order[number].region is not Region.BODY:
            continue
        element, size = page.elements[number], flow.stops[number] - flow.starts[number]
        level, named = _HEADINGS.get(page.openings[number].name, 0), _name_titles(name_parts(element))
        text = _shown(flow, element)
        if is_site_name(text, meta) or flow.links_in(element) > size / 2:
            continue
        score = level + 3.0 * named + min(len(text), 40) / 10 - number / max(1, places.size)
        if best is None or score > best[0]:
            best = (score, text, element)
    return (best[1], best[2]) if best is not None else ("", None)


def column_title(doc: Document, meta: Mapping[str, str], crumbs: Iterable[str] = (), *, heading: str = "") -> str:
    """Returns the visible name of a column: the last step of the breadcrumb; else the part of <title> that is shown on
    the page, the tag ColumnName, the first heading, the `heading` of its list.
    "" when the page does not say."""
    steps = [step for step in (squeeze(c) for c in crumbs) if step and fold_title(step) not in no_titles()]
    if steps:
        return steps[-1]
    head = segments(head_title(doc))
    parts = [part for part in head if not is_site_name(part, meta)]
    if len(head) > len(parts) and head and is_site_name(head[0], meta):
        parts.reverse()  # site-column-page: the most particular name stands last
    flow = flow_of(doc)
    shown = next((part for part in parts if part in flow.text), "")
    if shown and len(segments(head_title(doc))) > 1:
        return shown
    tagged = meta.get("ColumnName", "")
    tagged = "" if is_foreign_column(tagged) else tagged
    heading = _short_heading(doc, flow, meta) or squeeze(heading)
    return (
        heading
        if heading and (not tagged or heading == tagged)
        else tagged or shown or heading or next(iter(parts), "")
    )


@cache
def _side() -> re.Pattern[str]:
    return re.compile(rf"\W{{0,3}}(?:{any_of(words('lists', 'blocks', 'side'))})")


def _short_heading(doc: Document, flow: Flow, meta: Mapping[str, str]) -> str:
    """Returns the first short heading or title-classed element of the body, as a column shows its name."""
    places = layout(doc)
    page = markup_of(doc)
    for number in _titled(page, flow, 2, 18):
        if places.in_order[number].region is not Region.BODY or page.openings[number].name in ("a", "li"):
            continue
        element, size = page.elements[number], flow.stops[number] - flow.starts[number]
        text = without_more(_shown(flow, element))
        if (
            flow.links_in(element) > size / 2
            or _side().match(text)
            or next(element.iterancestors("a"), None) is not None
        ):
            continue  # the heading of an item, an excerpt or a side list, not of the page
        if 2 <= len(text) <= 16 and not is_site_name(text, meta):
            return text
    return ""
