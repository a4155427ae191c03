"""Who is named as the source of an item: in its byline, in a line below its text, by the official tag."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from portal.bylines import Span, zone_end
from portal.dates import first_date
from portal.documents import is_label
from portal.vocabulary import any_of, words

_BEFORE = 160  # characters before the title
_BELOW = 200  # characters below the text
_FOOT = 200  # characters at the end of the text in which a line may name the source
_FAR_BELOW = 400  # characters below the text, with the tools and the form for comments of some systems
_LED = 30  # characters of a day and its label before the source: 发布日期：2024-06-13 来源：教育部
_PROSE = re.compile(r"[，。；！？]")
_NEXT = re.compile(r"\s(?:[\u4e00-\u9fff][ ]?){2,6}[:：]")  # another label in the same line: 文号：
_COLON = re.compile(r"[:：]")


@cache
def _source(kind: str, *, cell: bool = False) -> re.Pattern[str]:
    """Returns a label of `kind` and who is named behind it; in a `cell` of its own (信息来源 | 县政府办) it needs no
    colon."""
    labels = any_of(words("articles", "byline", kind))
    ends = any_of(words("articles", "byline", "source_end"))
    who = rf"(?P<who>(?:(?!{ends})[^\n\t|【\[（(]){{1,60}})"
    apart = r"(?=[\t\n])" if cell else "[:：]"
    label = rf"(?:{labels})[ ]?{apart}[\s【\[（(]{{0,6}}"
    # The first one stands by itself: a text is searched for its letters alone then.
    return re.compile(rf"{label}(?:{label})*{who}(?=[\n\t|】\])）【\[（(]|{ends}|$)")


def source_of(text: str, span: Span | None, meta: Mapping[str, str]) -> str:
    """Returns the source printed in the byline (来源：) or in a line right below the text, else the tag ContentSource,
    "" without any."""
    if span is not None:
        zone = text[max(0, span.title_start - _BEFORE) : zone_end(text, span)]
        below = text[span.body_end : span.body_end + _BELOW] if span.body_end > span.title_end else ""
        for told in (_source("source"), _source("publisher")):
            if found := next(filter(None, map(_who, told.finditer(zone))), "") or _named_below(below, told):
                return found
        if found := next(filter(None, map(_who, _source("source", cell=True).finditer(zone))), ""):
            return found
    tagged = meta.get("ContentSource", "")
    if tagged and tagged != meta.get("ArticleTitle"):  # a template that prints the title (a city's bureau)
        return tagged
    if span is None or span.body_end <= span.title_end:
        return ""
    # A line at the foot of the text or some way below it counts where nothing else tells.
    foot = text[max(span.title_end, span.body_end - _FOOT) : span.body_end + _FAR_BELOW]
    return _named_below(foot, _source("source"), dated=True)


def _named_below(below: str, told: re.Pattern[str], *, dated: bool = False) -> str:
    """Returns who is named in a line of its own below the text; `dated`: a day may stand before it in the line."""
    for hit in told.finditer(below):
        begin = below.rfind("\n", 0, hit.start()) + 1
        if dated and begin == 0:
            continue  # the rest of a line
        line = below[begin : hit.start()].strip(" \t[【(（")
        led = dated and line and len(line) <= _LED and not _PROSE.search(line) and first_date(line) is not None
        if (not line or led) and (who := _who(hit)):
            return who
    return ""


def _who(hit: re.Match[str]) -> str:
    """Returns who is named, "" where the value is blank and the next label or the text stands in its place."""
    if hit["who"].rstrip().endswith((":", "：")) or _PROSE.search(hit["who"]):
        return ""
    label = hit.group()[: hit.start("who") - hit.start()]
    if not _COLON.search(label) and hit.string[max(0, hit.start() - 1) : hit.start()] not in ("", "\n", "\t"):
        return ""  # a word that ends a cell is no label
    who = _NEXT.split(hit["who"], maxsplit=1)[0].strip(" :：-】])）")
    day = first_date(who)
    who = who[: day.start].strip(" :：-】])）") if day is not None else who
    return who if len(who) >= 2 and not is_label(who) else ""  # 发布机构 | 文件编号: a row of labels
