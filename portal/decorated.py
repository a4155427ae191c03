"""A title as a result list shows it: with a number or its class before it, a date, a 文号, the name of the site behind.

What a list puts around a title never makes it another document's; what tells one document from another stays: 解读,
图解, 转发 before a title, and (试行) or a number behind it that the drawn title has as well.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from portal.text import fold_title, same_title
from portal.vocabulary import any_of, load

_WORDS = load("search")["decorated"]
_OTHER = re.compile(any_of(_WORDS["other"]))
_BODY = rf"(?:{any_of(_WORDS['bodies'])})"
_OPEN, _CLOSE = r"\[【［〔(（", r"\]】］〕)）"
_NUMBER = rf"[\u4e00-\u9fffA-Za-z]{{1,14}}[{_OPEN}]\s*\d{{4}}\s*[{_CLOSE}]\s*第?\s*\d{{1,4}}\s*号"
_DAY = r"\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?(?:\s*\d{1,2}:\d{2}(?::\d{2})?)?"
# Before a title, each with the name of the group that may say it is another document.
_BEFORE = (
    re.compile(r"\d{1,3}\s*(?:[.．](?!\d)|[、)）:：]|\s)\s*"),
    re.compile(rf"[{_OPEN}]\s*(?P<label>[^{_OPEN}{_CLOSE}]{{1,10}}?)\s*[{_CLOSE}]\s*"),
    re.compile(rf"{_NUMBER}\s*[:：]?\s*"),
    re.compile(r"(?P<label>[\u4e00-\u9fff]{2,8})\s*[|｜·•]\s*"),
)
_BEHIND = (
    re.compile(rf"\s*[{_OPEN}]\s*{_DAY}\s*[{_CLOSE}]$|\s+{_DAY}$"),
    re.compile(rf"\s*[{_OPEN}]\s*{_NUMBER}\s*[{_CLOSE}]$|\s+{_NUMBER}$|\s*(?<=[知定见告则法案划函复]){_NUMBER}$"),
    re.compile(rf"\s*[{_OPEN}]\s*(?P<label>{any_of(_WORDS['marks'])})\s*[{_CLOSE}]$", re.IGNORECASE),
    re.compile(r"\s*[_|｜]\s*(?P<label>[^_|｜]{2,20})$"),
    re.compile(rf"\s*(?:-|—|–)+\s*(?P<label>[^-—–]{{0,18}}{_BODY})$"),
)
_APART = re.compile(r"\s*[-—>》:：|｜/·•]+\s*|\s+")  # between the name of a column and a title
_APART_BEHIND = re.compile(rf"(?:\s*[-—|｜/·•]+\s*|\s+|(?<=[{_CLOSE}]))$")  # between a title and the name of its site
_STEPS = 4  # of what is put around one title
_TELLING, _AROUND = 12, 40  # characters of a title that is no part of another one's, and of what may be around it
_SHORTEST = 6  # characters that are left at least


def names_same(shown: str, title: str, labels: Collection[str] = ()) -> bool:
    """Returns whether a title as a result list shows it names the document of this title. Never raises.

    `labels` are the names of its site and of the columns it stands in.
    """
    if same_title(shown, title):
        return True
    left = fold_title(title)
    if len(left) < _SHORTEST or left[: _SHORTEST // 2] not in fold_title(shown):
        return False
    plain = _OTHER.search(title) is None  # of an interpretation, 政策解读 is only its class
    return any(same_title(bare, title) for bare in _undressed(shown.strip(), plain, labels))


def holds(shown: str, title: str) -> bool:
    """Returns whether what a result list shows holds the whole of a title and says no more around it than a list may,
    nor what makes it another document's: then it may be this one. Never raises."""
    long, whole = fold_title(shown), fold_title(title)
    if len(whole) < _TELLING or not (at := long.find(whole)) + 1 or len(long) > len(whole) + _AROUND:
        return False
    return _OTHER.search(long[:at] + long[at + len(whole) :]) is None


def begins_same(shown: str, title: str) -> bool:
    """Returns whether a result list shows so little of a title that it may be this one: cut to a few characters."""
    start, whole = fold_title(shown), fold_title(title)
    return _SHORTEST <= len(start) < len(whole) and whole.startswith(start)


def _undressed(shown: str, plain: bool, labels: Collection[str]) -> Iterator[str]:
    """Returns the title without one after another of what stands before and behind it, in every order."""
    seen, fresh = {shown}, [shown]
    for _ in range(_STEPS):
        fresh = [bare for text in fresh for bare in _steps(text, plain, labels) if bare not in seen]
        seen.update(fresh)
        yield from fresh


def _steps(text: str, plain: bool, labels: Collection[str]) -> Iterator[str]:
    for label in filter(None, labels):
        if text.startswith(label) and (rest := _APART.match(text, len(label))):
            yield text[rest.end() :]
        if text.endswith(label) and (rest := _APART_BEHIND.search(text, 0, len(text) - len(label))):
            yield text[: rest.start()]
    for pattern in _BEFORE:
        if (found := pattern.match(text)) and _says_nothing(found, plain):
            yield text[found.end() :]
    for pattern in _BEHIND:
        if (found := pattern.search(text)) and _says_nothing(found, plain):
            yield text[: found.start()]


def _says_nothing(found: re.Match[str], plain: bool) -> bool:
    label = found.groupdict().get("label") or ""
    left = len(fold_title(found.string)) - len(fold_title(found[0]))
    return left >= _SHORTEST and not (plain and _OTHER.search(label))
