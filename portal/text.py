"""Titles, quotes and fingerprints of texts: what makes two of them the same."""

from __future__ import annotations

import html
import re
import struct
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from zlib import crc32

from portal.vocabulary import any_of, words

_TAG = re.compile(r"</?[A-Za-z][^<>]{0,300}>")
_DROPPED = re.compile(
    r"[\s\u00ad\u200b-\u200f\u2028-\u202e\u2060\ufeff"
    r"\"'“”‘’‟„`´＂＇「」『』〝〞《》〈〉<>«»‹›"
    r"()（）\[\]【】〔〕{}｛｝〖〗﹝﹞"
    r"…‥⋯·•・∙|｜_]+|\.{2,}|。{2,}"
)
_DASHES = re.compile(r"[-‐‑‒–—―─━－﹣~～〜∼]+")
_CUT = re.compile(r"(?:…+|\.{2,}|。{2,}|⋯+)[\s\"'”’》）)\]】]*$")
_ENDING = 100  # characters of a title in which it is looked for
_SAME_PREFIX = 15  # characters a truncated title must show: assessor-practice 2.1


@lru_cache(maxsize=4096)
def fold_title(text: str) -> str:
    """Returns a title without what never makes it another one: markup, entities, blanks, width, case, quotes,
    brackets, dashes of any length, ellipsis. The characters inside brackets stay."""
    if "<" in text or "&" in text:
        text = _TAG.sub("", html.unescape(text))
    text = unicodedata.normalize("NFKC", text.replace("…", "..."))
    if text.isalnum():
        return text.casefold()
    return _DASHES.sub("-", _DROPPED.sub("", text)).casefold()


_NUMBER_ALONE = re.compile(r"[（(\[【]?[\u4e00-\u9fff]{2,12}[〔\[(（【](?:19|20)\d\d[〕\])）】]第?\d{1,4}号[）)\]】]?")
_PROSE = re.compile("[，。；]")


def may_fold_to(text: str, folded: str) -> bool:
    """Returns whether a text may fold to the folded one: told by its first letter, since folding prose takes long."""
    first = text[:1]
    return first == folded[:1] or not "\u4e00" <= first <= "\u9fff"  # these letters stay as they are


def is_truncated(text: str) -> bool:
    """Returns whether a title as shown ends with an ellipsis."""
    return bool(_CUT.search(text.strip()[-_ENDING:]))


def same_title(a: str, b: str) -> bool:
    """Returns whether two titles name the same document: equal after folding, or one is cut with an ellipsis and the
    rest, of 15 characters at least, begins the other (assessor-practice 2.1, "Found = same document")."""
    left, right = fold_title(a), fold_title(b)
    if not left or not right:
        return False
    if left == right:
        return True
    if is_truncated(a) and len(left) >= _SAME_PREFIX and right.startswith(left):
        return True
    return is_truncated(b) and len(right) >= _SAME_PREFIX and left.startswith(right)


@lru_cache(maxsize=4)  # several readers ask it of one page
def visible(text: str) -> int:
    """Returns how many characters of a page's text (`portal.flow`) are no blanks; the flow has three kinds of blank."""
    return len(text) - text.count(" ") - text.count("\n") - text.count("\t")


_SKETCH_BITS = 63  # signed 64-bit columns and JSON readers keep it exact
_PIECES = re.compile(rb".{1,30}")  # ten characters of Chinese, from the beginning of each line
_SPREAD = 0xFB37C4A5  # makes 64 bits of 32: odd, and so near 2**32 that the highest bits are as often 1 as 0
_WORD = (1 << 64) - 1
SAME_TEXT = 4  # bits up to which two fingerprints tell one text with other counters and times


def simhash(text: str) -> int:
    """Returns a 63-bit fingerprint under which similar texts differ in few bits; 0 for a blank text.

    Features are the different pieces of ten characters of its lines: a banner that is repeated counts once.
    """
    if not text or text.isspace():
        return 0
    pieces = set(map(crc32, _PIECES.findall(text.encode("utf-8", "replace"))))
    # All are multiplied at once: what is made of 32 bits does not leave its lane of 64.
    spread = int.from_bytes(struct.pack(f"<{len(pieces)}Q", *pieces), "little") * _SPREAD
    return _majority(spread, len(pieces)) & ((1 << _SKETCH_BITS) - 1)


def _majority(words: int, number: int) -> int:
    """Returns the bits that more than half of so many 64-bit words have.

    All bits are counted at once: plane k holds bit k of every count. Half of the words are added to the other half by
    full adders on numbers of thousands of bits, until one count is left.
    """
    planes = [words]
    left = number
    while left > 1:
        left = (left + 1) // 2
        width = 64 * left
        below = (1 << width) - 1
        one, other = planes[0] & below, planes[0] >> width
        sums, carry = [one ^ other], one & other
        for plane in planes[1:]:
            one, other = plane & below, plane >> width
            differ = one ^ other
            sums.append(differ ^ carry)
            carry = one & other | carry & differ
        planes = [*sums, carry]
    half = number // 2
    more, equal = 0, _WORD
    for rank in reversed(range(len(planes))):
        if half >> rank & 1:
            equal &= planes[rank]
        else:
            more |= equal & planes[rank]
            equal &= ~planes[rank]
    return more


def sketch_distance(a: int, b: int) -> int:
    """Returns the number of bits (0-63) in which two fingerprints differ; unrelated texts lie near 31."""
    return (a ^ b).bit_count()


_OPENING = {"》": "《", "〉": "〈", "﹀": "︿", "︾": "︽"}
_QUOTES = re.compile("[《〈︽︿》〉﹀︾]")


def quoted_titles(text: str) -> tuple[str, ...]:
    """Returns the titles quoted in 《》, without the marks, each once in order of appearance.

    A title quoted inside a quoted title follows the one that holds it; unclosed marks are ignored.
    """
    if not any(mark in text for mark in _OPENING):
        return ()
    found: dict[str, int] = {}
    open_at: list[tuple[str, int]] = []
    for mark in _QUOTES.finditer(text):
        char, at = mark[0], mark.start()
        opening = _OPENING.get(char)
        if opening is None:
            open_at.append((char, at))
            continue
        while open_at and open_at[-1][0] != opening:
            open_at.pop()
        if open_at:
            _, start = open_at.pop()
            title = " ".join(text[start + 1 : at].split())
            if 2 <= len(title) <= 200:
                found.setdefault(title, start)
    return tuple(sorted(found, key=lambda title: found[title]))


_NUMBERED = re.compile(
    r"(?P<who>[\u4e00-\u9fffA-Za-z]{1,24})\s{0,2}[〔\[(（【﹝［〈]\s{0,2}(?P<year>(?:19|20)\d{2})\s{0,2}[〕\])）】﹞］〉]"
    r"\s{0,2}(?:第\s?)?(?P<n>\d{1,5})\s{0,2}号"
)
_DECREE = re.compile(
    r"(?P<who>[\u4e00-\u9fff]{0,20}令)\s{0,2}[(（]?\s{0,2}(?:(?P<year>(?:19|20)\d{2})\s{0,2}年\s{0,2})?"
    r"第\s{0,2}(?P<n>[0-9〇零一二三四五六七八九十百]{1,7})\s{0,2}号"
)
_DECREE_LAST = re.compile(  # 公安部第12号令
    r"(?P<who>[\u4e00-\u9fff]{0,20}?)第\s{0,2}(?P<n>[0-9〇零一二三四五六七八九十百]{1,7})\s{0,2}号令"
)
_BULLETIN = re.compile(
    r"(?P<who>[\u4e00-\u9fff]{0,20}公告)\s{0,2}[(（]?\s{0,2}(?P<year>(?:19|20)\d{2})\s{0,2}年\s{0,2}第\s{0,2}(?P<n>\d{1,4})\s{0,2}号"
)


def doc_numbers(text: str) -> tuple[str, ...]:
    """Returns the 文号 in a text in one spelling (国办发〔2017〕47号, 国务院令第711号, 公告2020年第5号), once each.

    Brackets of any form count; words of the sentence before the number are cut off.
    """
    parts = [(start, text[start:end].translate(_PLAIN_DIGITS)) for start, end in _around_numbers(text)]
    found: dict[str, int] = {}
    for start, part in parts:
        for match in _NUMBERED.finditer(part):
            if who := _issuer(match["who"]):
                found.setdefault(f"{who}〔{match['year']}〕{int(match['n'])}号", start + match.start())
    for start, part in parts:
        for match in _DECREE.finditer(part):
            year = f"{match['year']}年" if match["year"] else ""
            found.setdefault(f"{_issuer(match['who'])}{year}第{_plain(match['n'])}号", start + match.start())
    for start, part in parts:
        for match in _DECREE_LAST.finditer(part):
            found.setdefault(f"{_issuer(match['who'])}令第{_plain(match['n'])}号", start + match.start())
    for start, part in parts:
        for match in _BULLETIN.finditer(part):
            found.setdefault(f"{_issuer(match['who'])}{match['year']}年第{int(match['n'])}号", start + match.start())
    return tuple(sorted(found, key=lambda number: found[number]))


def printed_number(text: str) -> str:
    """Returns the 文号 that stands alone above the prose of a document, "" without one: documents without a metadata
    table print it below their title."""
    for piece in text.split():
        if _NUMBER_ALONE.fullmatch(piece):
            return next(iter(doc_numbers(piece)), "")
        if _PROSE.search(piece):
            break
    return ""


def _around_numbers(text: str) -> Iterator[tuple[int, int]]:
    """Yields the spans in which a number may stand, each up to a 号 or 号令: the rest is not searched."""
    start = end = 0
    at = text.find("号")
    while at >= 0:
        if at - _LONGEST_NUMBER > end:
            if end:
                yield start, end
            start = at - _LONGEST_NUMBER
        end = at + 2
        at = text.find("号", at + 1)
    if end:
        yield start, end


def _plain(number: str) -> str:
    return str(int(number)) if number.isdecimal() else number


_LONGEST_NUMBER = 60  # characters from who issued it to the end
_PLAIN_DIGITS = {0xFF10 + digit: str(digit) for digit in range(10)}


@cache
def _before() -> re.Pattern[str]:
    return re.compile(rf"^.*(?:{any_of(words('linkage', 'doc_number', 'before'))})(?=.)")


def _issuer(run: str) -> str:
    return _before().sub("", run)
