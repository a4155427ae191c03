"""What an item is for: an interpretation, a guide, a letter, a policy document, or an article like any other."""

from __future__ import annotations

import re
from functools import cache

from portal.article import Article
from portal.facts import PageKind
from portal.flow import flow_of
from portal.html import Document
from portal.kind_evidence import Evidence, pattern, regex, word_set
from portal.text import doc_numbers, fold_title
from portal.vocabulary import any_of, behind, load, words

_QUOTED = re.compile(r"《[^》]*》")


def item_kind(doc: Document, article: Article, evidence: Evidence) -> PageKind:
    """Returns what an item is for, by its title, its columns, its number and the shape of its text."""
    columns = _columns(evidence)
    title = article.title or evidence.meta.get("ArticleTitle", "")
    if _is_interpretation(title, columns):
        return PageKind.INTERPRETATION
    if pattern("guide", "title").search(title) or is_guide(doc, article):
        return PageKind.GUIDE
    if is_letter(doc):
        return PageKind.LETTER
    if _is_policy(article, title, columns, evidence):
        return PageKind.POLICY
    return PageKind.ARTICLE


def _columns(evidence: Evidence) -> tuple[str, ...]:
    names = [*evidence.breadcrumb, evidence.meta.get("ColumnName", ""), evidence.meta.get("ColumnType", "")]
    return tuple(fold_title(name) for name in names if name)


def _is_interpretation(title: str, columns: tuple[str, ...]) -> bool:
    filed = any(column in word_set("interpretation", "column") for column in columns)
    if pattern("interpretation", "other").search(_QUOTED.sub("", title)):
        return False
    if pattern("interpretation", "title").search(title) or regex("interpretation", "drafted").search(title):
        return True
    if not filed or pattern("interpretation", "not_title").search(title):
        return False
    return not (regex("policy", "issued").search(title) and title.rstrip("）)").endswith(("通知", "号")))


def _is_policy(article: Article, title: str, columns: tuple[str, ...], evidence: Evidence) -> bool:
    """Returns whether an item sets policy: its title issues something, its number, its column, its table."""
    if regex("policy", "law").search(title.lstrip("《〈")):
        return True
    score, bare = 0.0, _QUOTED.sub("", title)
    if pattern("policy", "against").search(regex("policy", "named").sub("", bare)):
        score -= 2.5
    if any(regex("policy", name).search(title) for name in ("issued", "norm", "set")):
        told = regex("policy", "told").search(title) and not regex("policy", "formal").search(bare)
        score += 1 if told else 2
    elif regex("policy", "about").search(title):
        score += 1
    if score <= 0:
        return False
    number = evidence.document.doc_no if evidence.document is not None else ""
    opening = " ".join((title, article.printed_number, article.text[:400]))
    numbers = doc_numbers(number) or doc_numbers(opening)
    if any(regex("policy", "number").search(found) for found in numbers):
        score += 0.5 if "函" in numbers[0] else 1
    if any(column in word_set("policy", "column") for column in columns):
        score += 1
    if evidence.document is not None:
        score += 0.5
    return score >= 2


def is_guide(doc: Document, article: Article) -> bool:
    """Returns whether enough headings of a service guide begin lines of the main text (of the page without one); cached
    per page."""
    found = doc.cache.get("guide")
    if not isinstance(found, bool):
        found = doc.cache["guide"] = _has_guide_headings(doc, article)
    return found


def _has_guide_headings(doc: Document, article: Article) -> bool:
    text = article.text if article.body is not None else flow_of(doc).text
    heads = map(_guide_heading().match, text[:20_000].replace("\t", "\n").split("\n"))
    return len({hit["name"] for hit in heads if hit}) >= int(load("kinds")["guide"]["need"])


@cache
def _guide_heading() -> re.Pattern[str]:
    heads = any_of(words("kinds", "guide", "headings"))
    return re.compile(rf"[\s一二三四五六七八九十\d、.．()（）【★]*(?P<name>{heads})(?=[\s:：】）)]|$)")


def is_letter(doc: Document) -> bool:
    """Returns whether enough labels of a letter and its answer stand on the page; cached per page."""
    found = doc.cache.get("letter")
    if not isinstance(found, bool):
        begun = f"\n{flow_of(doc).text}"
        names = {hit["name"] for label in _letter_labels() for hit in label.finditer(begun)}
        found = doc.cache["letter"] = len(names) >= int(load("kinds")["letter"]["need"])
    return found


@cache
def _letter_labels() -> tuple[re.Pattern[str], ...]:
    names = any_of(words("kinds", "letter", "labels"))
    return behind("\n\t [【", rf"(?P<name>{names})(?=\s*[\]】:：\t\n])")
