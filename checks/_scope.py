"""Which policy documents concern many: by title, as those are told that the rule of 解读比例 draws from.

What a notice issues decides (印发……办法的通知), else what it does itself (做好……工作的通知). The words are in
vocabulary/verdicts.toml.
"""

from __future__ import annotations

import re
from functools import cache

from portal.vocabulary import any_of, load, words

_TAIL = re.compile(r"\s*(?:[（(【\[][^（）()【】\[\]]{1,40}[）)】\]]\s*)+$")  # （试行）, （川府发〔2020〕14号）
_ISSUES = re.compile(
    r"(?:印发|发布|公布|颁布|下发)(?:实施|施行)?(?P<what>.+?)(?:的(?:补充)?(?:通知|公告|决定|通告|函|令))?$"
)
_STRICT = re.compile("(?:办法|规定|条例|细则|标准)$")  # of a norm: what else stands in its name is its subject
_QUOTED = re.compile(r"《[^》]*》")


@cache
def _said(name: str) -> re.Pattern[str]:
    return re.compile(any_of(words("verdicts", "policy_scope", name)))


@cache
def _norm() -> re.Pattern[str]:
    return re.compile(load("verdicts")["policy_scope"]["norm"])


def concerns_many(title: str) -> bool:
    """Returns whether a document called so may be one of wide concern, which must be interpreted
    (涉及面广、社会关注度高); False for those that concern few, order work within the government or only tell of
    something."""
    if _said("never").search(title):
        return False
    plain = _TAIL.sub("", title.strip())
    hit = _ISSUES.search(plain)
    if hit is not None:
        what, outside = hit["what"].strip("《》〈〉 "), _QUOTED.sub("", plain[: hit.start()])
    else:
        what, outside = plain.strip("《》〈〉 "), _QUOTED.sub("", plain)
    what = _TAIL.sub("", what)
    about = _about(what)
    if _said("internal").search(about) or (_said("listing").search(about) and not _STRICT.search(what)):
        return False
    if _norm().search(what) is not None:
        return hit is None or _said("outside").search(outside) is None
    bare = f"{_about(_QUOTED.sub('', plain))} {what if hit is not None else ''}"
    return _said("outside").search(bare) is None and _said("notice").search(bare) is None


def _about(title: str) -> str:
    """Returns a title without whose it is: ……指挥部关于……的通知 is about no headquarters."""
    return title[max(title.find("关于"), 0) :]
