"""The breadcrumb of a page (当前位置): its steps with their addresses."""

from __future__ import annotations

import re

from lxml import etree

from portal.facts import Crumb
from portal.html import Document, squeeze, text_of
from portal.regions import layout
from portal.vocabulary import any_of, words

_LABEL = re.compile(rf"^[\s\[【>»]*(?:{any_of(words('regions', 'breadcrumb', 'labels'))})(?:是|为)?\s*[：:】\]>»]*\s*")
_SEPARATOR = re.compile(r"\s*(?:-?>+|＞+|»+|›+|→|/|\\|\||﹥|·{2,}|▶|-{2,}|—+)\s*|\s+[-·]\s+")
_ARROWS = re.compile(r"[>＞»›→]")
_ARROW = re.compile(r"\s*(?:-?>+|＞+|»+|›+|→)\s*")
_HOME = frozenset(words("regions", "breadcrumb", "home"))
_NO_STEP = frozenset(words("regions", "breadcrumb", "no_step"))
_TOOLS = frozenset(words("regions", "breadcrumb", "tools"))
_WRITTEN = re.compile(r"""<a\b[^<>]*?\bhref\s*=\s*\\?["']([^"'<>\\]*)\\?["'][^<>]*>([^<]*)</a""", re.IGNORECASE)
STEPS = 12  # steps kept


def read_breadcrumb(doc: Document) -> tuple[Crumb, ...]:
    """Returns the steps of the page's breadcrumb from the home page on, () where it has none.

    The word for the page itself (正文, 列表) is no step. Cached per page.
    """
    found = doc.cache.get("breadcrumb")
    if isinstance(found, tuple):
        return found
    crumb = layout(doc).crumb
    steps = _steps(doc, crumb) if crumb is not None else []
    result = doc.cache["breadcrumb"] = tuple(steps[:STEPS])
    return result


def is_home_step(step: Crumb) -> bool:
    """Returns whether a step is the home page."""
    return step.text in _HOME or step.text.strip("[]【】").endswith("首页")


def _steps(doc: Document, crumb: etree._Element) -> list[Crumb]:
    steps: list[Crumb] = []
    for script in crumb.iter("script"):
        # A trail that a script writes stands in its text (seen: CICPA__01_column).
        steps += [
            Crumb(squeeze(text), doc.absolute(href))
            for href, text in _WRITTEN.findall(script.text or "")
            if squeeze(text)
        ]
    if steps and not any(text_of(anchor) for anchor in crumb.iter("a")):
        return [step for step in steps if _is_step(step.text)]
    steps = []
    parts = _parts(crumb)
    # Between arrows a slash is part of a name (中标/成交公示).
    arrows = sum(len(_ARROWS.findall(text)) for text, element in parts if element is None) > 1
    separator = _ARROW if arrows else _SEPARATOR
    for text, element in parts:
        if element is not None:
            name = _LABEL.sub("", squeeze(text))
            if _is_step(name):
                steps.append(Crumb(name[:60], doc.absolute(element.get("href") or "")))
            continue
        for piece in separator.split(_LABEL.sub("", squeeze(text))):
            name = _LABEL.sub("", piece).strip(" :：>＞»›-|【】[]")
            if _is_step(name) and len(name) <= 40:
                steps.append(Crumb(name, ""))
    ends = next((n for n, step in enumerate(steps) if step.text.strip("【】[]:： ") in _TOOLS), len(steps))
    return _merged(steps[:ends])


def _parts(crumb: etree._Element) -> list[tuple[str, etree._Element | None]]:
    """Returns the texts of the trail in order: each whole link, and the plain text between links."""
    parts: list[tuple[str, etree._Element | None]] = []
    stack: list[etree._Element | str] = [crumb]
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            if node.strip():
                parts.append((node, None))
            continue
        if not isinstance(node.tag, str) or node.tag in ("script", "style", "noscript", "select", "form"):
            continue
        if node.tag == "a":
            parts.append((text_of(node), node))
            continue
        for child in reversed(node):
            if child.tail:
                stack.append(child.tail)
            stack.append(child)
        if node.text:
            stack.append(node.text)
    return parts


def _is_step(text: str) -> bool:
    return len(text) >= 2 and text not in _NO_STEP and not re.fullmatch(r"[\W\d_]+", text)


def _merged(steps: list[Crumb]) -> list[Crumb]:
    merged: list[Crumb] = []
    for step in steps:
        if merged and merged[-1].text == step.text:
            if step.url and not merged[-1].url:
                merged[-1] = step
            continue
        merged.append(step)
    return merged
