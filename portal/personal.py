"""Personal data in a text, masked: what people left in letters is nobody's business in a ledger, report or picture.

Numbers are known however they are written: in one piece, in groups with blanks, dashes or dots between them, with signs
nobody sees, in full-width digits. Office telephones, codes of documents and of organisations stay.
"""

from __future__ import annotations

import re
from functools import cache

from portal.vocabulary import any_of, load, words

# Between the digits of one number: blanks, dashes of all lengths, dots, signs without width.
_GAP = "[ \u00a0\u3000.．·\\-\u2010-\u2015\u2212－\u200b-\u200d\u2060\ufeff]{0,3}"
_LONG = re.compile(rf"\d(?:{_GAP}\d){{10}}")  # in each of what follows
_WIDE = re.compile(rf"[０-９](?:{_GAP}[０-９]){{10,}}{_GAP}[ＸｘXx]?")
_NARROW = str.maketrans("０１２３４５６７８９－Ｘｘ\u3000．", "0123456789-XX .")
_DAY = rf"(?:19|20)\d{{2}}{_GAP}(?:0[1-9]|1[0-2]){_GAP}(?:0[1-9]|[12]\d|3[01])"
_ID = re.compile(rf"(?<![\dA-Za-z])([1-9]\d{{2}})\d{{3}}{_GAP}{_DAY}{_GAP}\d{{3}}{_GAP}[\dXx](?![\dA-Za-z])")
_ID15 = re.compile(r"(?<!\d)([1-9]\d{2})\d{3}\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}(?!\d)")
_MOBILE = re.compile(
    rf"(?<![\d.])(?:\+?86{_GAP})?(1[3-9]\d)(?:{_GAP}\d{{4}}{_GAP}|\d{_GAP}\d{{3}}{_GAP})(\d{{4}})(?!\d)"
)
# In one piece it is a card by its length alone; a letter beside it makes it the code of an organisation. Figures stand
# in groups of four, too: there the last digit must be right (Luhn).
_CARD = re.compile(r"(?<![\dA-Za-z])(\d{4})\d{8,11}(\d{4})(?![\dA-Za-z])")
_GROUPS = re.compile(rf"(?<![\d.])([3-6]\d{{3}}){_GAP}\d{{4}}{_GAP}\d{{4}}{_GAP}(\d{{4}}(?:{_GAP}\d{{1,3}})?)(?!\d)")
_MAIL = re.compile(
    r"(?<![\w.+-])([a-z0-9])[a-z0-9._+-]*((?: ?[\[(（]at[\])）] ?|[@＠])[a-z0-9-]+(?:\.| ?[\[(（]dot))",
    re.IGNORECASE | re.ASCII,
)
_AT = re.compile(r"[@＠]|[\[(（]at[\])）]", re.IGNORECASE)
_PASSPORT = re.compile(r"(护照(?:号码?)?\s*[:：]?\s*[A-Za-z])[A-Za-z]?\d{7,8}(?!\d)")
_HAN = r"[\u4e00-\u9fff·]"


def mask_personal(text: str) -> str:
    """Returns the text with ID card numbers, bank cards, passports, mobile numbers, mail addresses, names that follow a
    label of a letter (来信人：) and names somebody is addressed by (尊敬的……先生：) masked by asterisks."""
    if text.isascii():
        return _without_numbers(text)
    text = _without_numbers(_WIDE.sub(_narrowed, text))
    if "护照" in text:
        text = _PASSPORT.sub(lambda m: m[1] + "*" * 7, text)
    text = _names().sub(lambda m: m[1] + m[2] + "*" * len(m[3]), text)
    return _addressed().sub(lambda m: m[1] + "*" * len(m[2]) + m[3], text)


def may_name() -> str:
    """Returns a pattern, for browsers as well, that finds something in every text that may hold personal data."""
    names = load("linkage")["names"]
    plain = "|".join(map(re.escape, (*names["introductions"], *names["titles"])))
    return rf"(?:[0-9０-９][^0-9０-９]{{0,3}}){{8}}|[@＠]|[(\[（][aA][tT]|[：:]|护照|{plain}"


def _narrowed(match: re.Match[str]) -> str:
    number = match[0].translate(_NARROW)
    hidden = _without_numbers(number)
    return hidden if hidden != number else match[0]


def _without_numbers(text: str) -> str:
    if _LONG.search(text):
        text = _ID.sub(lambda m: m[1] + "*" * 15, text)
        text = _ID15.sub(lambda m: m[1] + "*" * 12, text)
        text = _MOBILE.sub(r"\1****\2", text)
        text = _CARD.sub(lambda m: m[1] + "*" * 8 + m[2], text)
        text = _GROUPS.sub(_grouped, text)
    return _MAIL.sub(r"\1***\2", text) if _AT.search(text) else text


def _grouped(match: re.Match[str]) -> str:
    digits = [int(char) for char in match[0] if char.isdecimal()]
    doubled = [2 * digit - 9 * (digit > 4) for digit in digits[-2::-2]]
    right = len(digits) >= 16 and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
    return f"{match[1]}{'*' * 8}{match[0][-4:]}" if right else match[0]


@cache
def _names() -> re.Pattern[str]:
    # Every way to begin is a word: a text is searched for their first letters alone.
    ways = [any_of([word]) + r"\s*[:：]\s*" for word in _longest_first("labels")]
    ways += [any_of([word]) + r"\s*" for word in _longest_first("introductions")]
    return re.compile(rf"({'|'.join(ways)})([\u4e00-\u9fff])({_HAN}{{1,4}}(?!{_HAN})|{_HAN}{{1,2}})")


@cache
def _addressed() -> re.Pattern[str]:
    """Somebody by family and given name before 先生, 女士: at the beginning of what is said to them."""
    families = any_of(words("linkage", "names", "families"))
    titles = any_of(words("linkage", "names", "titles"))
    before, behind = r"^|尊敬的|[\s“\"（(，,。；;：:]", r"\s*[：:，,！!您你]"
    return re.compile(rf"((?:{before})(?:{families}))({_HAN}{{1,2}})((?:{titles}){behind})", re.MULTILINE)


def _longest_first(group: str) -> list[str]:
    return sorted(words("linkage", "names", group), key=len, reverse=True)
