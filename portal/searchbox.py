"""The site's own search entry in the source of a page: which input it is, and how it is submitted.

Evidence is added up: what the input, its form, its prompt and its button say, and where it stands; and against it: what
belongs to logins, lookups by code, filters of one column, letters, forms to fill in, pager jumps, searches of another
portal's services. Words are data (vocabulary/search.toml); weights are here, since they only mean something together.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from itertools import islice
from typing import Any

from lxml import etree
from msgspec import Struct

from portal.facts import Region, SearchBox
from portal.heads import head_title
from portal.html import Document, markup_of, squeeze, text_of
from portal.markup import hides, name_parts
from portal.regions import Layout, layout
from portal.urls import host_of
from portal.vocabulary import any_of, load

THRESHOLD = 4.5  # evidence a site search needs
PROMPT = 30  # characters of the longest prompt
# A box is weighed by what stands around it: of a page that is all boxes each would be looked at for each other.
_MOST_BOXES = 100
_MOST_AROUND = 2000  # elements of a block around a box that are looked at for its button
_MOST_CONTROLS = 500  # of a form

_SEARCH: Mapping[str, Any] = load("search")
_BOX, _NOT = _SEARCH["box"], _SEARCH["not"]
_NAMES = frozenset(_BOX["names"])
_PARTS = re.compile(any_of(_BOX["parts"]), re.IGNORECASE)
_PROMPT = re.compile(any_of(_BOX["prompt"]), re.IGNORECASE)
_SECONDARY = frozenset(_BOX["secondary"])
_BUTTON = frozenset(_BOX["button"])
_ACTION = re.compile(_BOX["action"], re.IGNORECASE)
_HOSTS = re.compile(_BOX["hosts"], re.IGNORECASE)
_SCRIPT = re.compile(_BOX["script"])
_NOT_NAMES = frozenset(_NOT["names"])
_NOT_ENDS = tuple(_NOT["ends"])
_NOT_WORDS = re.compile(any_of(_NOT["words"]))
_NOT_BLOCKS = re.compile(any_of(_NOT["blocks"]), re.IGNORECASE)
_NARROW = re.compile(any_of(_NOT["narrow"]))
_OWN = re.compile(any_of(_NOT["own"]))
_HIDDEN = frozenset(_NOT["hidden_fields"])
_WIDE = re.compile(any_of(_BOX["wide"]))
_ADVANCED = re.compile(any_of(_BOX["advanced"]))
_FIELDS = re.compile(any_of(_BOX["fields"]))
# Types a browser knows that take no words; an unknown type is a text input (seen: type="keywords", www.gz.gov.cn__01).
_OTHER_TYPES = frozenset(
    {
        "hidden", "submit", "button", "image", "reset", "checkbox", "radio", "file", "password", "number", "date",
        "datetime-local", "time", "month", "week", "range", "color", "email", "tel", "url",
    }
)  # fmt: skip
_PRESSED = frozenset({"button", "input"})
_BUTTON_TYPES = frozenset({"submit", "button", "image"})
_CLICKED = frozenset({"a", "span", "img", "i", "div", "em", "p", "b"})
_MARKS = re.compile(r"[^\w\s-]")
_IDENT = re.compile(r"^-?[_a-zA-Z][\w\-]*$")


class _Candidate(Struct):
    element: etree._Element
    form: etree._Element | None
    score: float
    order: int
    visible: bool


def search_box(doc: Document) -> SearchBox | None:
    """Returns the site search of the page as its source shows it, None where there is none. Never raises."""
    page = layout(doc)
    best: _Candidate | None = None
    boxes = (element for element in doc.tree.iter("input", "textarea") if _takes_words(element))
    for element in islice(boxes, _MOST_BOXES):
        candidate = _weigh(doc, page, element)
        if candidate.score < THRESHOLD:
            continue
        if best is None or (candidate.visible, candidate.score) > (best.visible, best.score + 0.01):
            best = candidate
    return _box(doc, page, best) if best is not None else None


def _takes_words(element: etree._Element) -> bool:
    return element.tag != "input" or (element.get("type") or "text").strip().lower() not in _OTHER_TYPES


def _weigh(doc: Document, page: Layout, element: etree._Element) -> _Candidate:
    form = next(element.iterancestors("form"), None)
    place = page.place(element)
    name, identity = _own_name(element.get("name") or ""), _own_name(element.get("id") or "")
    prompt = squeeze(f"{element.get('placeholder') or ''} {element.get('value') or ''} {element.get('title') or ''}")
    if len(prompt) > PROMPT:
        prompt = ""  # a text, no prompt (seen: www.cznd.gov.cn__01, an announcement as value)
    score = 0.0
    if name in _NAMES or identity in _NAMES:
        score += 2
    if _PARTS.search(name) or _PARTS.search(identity) or _PARTS.search(element.get("class") or ""):
        score += 2
    if _PROMPT.search(prompt) or _PROMPT.search(_label(element)):
        score += 2
    advanced = _ADVANCED.search(head_title(doc)) is not None
    if advanced and _FIELDS.search(_label(element)):
        score += 2
    if not score:
        score -= 2  # nothing on the input itself speaks for a search
    score += _form_evidence(doc, form, advanced=advanced)
    score += _around(element)
    if place.region in (Region.HEADER, Region.NAV):
        score += 2 if place.region is Region.HEADER else 1.5
    elif place.region is Region.FOOTER:
        score -= 2
    if page.order(element) < page.size * 0.3:
        score += 1
    crumb = page.crumb
    if (
        crumb is not None
        and page.order(element) > page.order(crumb)
        and place.region not in (Region.HEADER, Region.NAV)
    ):
        score -= 2.5
    if name in _NOT_NAMES or identity in _NOT_NAMES:
        score -= 6
    elif (name or identity).endswith(_NOT_ENDS) and (name or identity) not in _NAMES:
        score -= 4
    if _NOT_WORDS.search(prompt) or (not prompt and _NOT_WORDS.search(_label(element))):
        score -= 5
    if _NARROW.search(prompt):
        score -= 5
    if _OWN.search(prompt or _label(element)):
        score -= 12
    if element.tag == "textarea":
        score -= 3
    if element.get("readonly") is not None or element.get("disabled") is not None:
        score -= 3
    return _Candidate(element, form, score, page.order(element), place.visible)


def _own_name(name: str) -> str:
    """Returns a name in lower case without the names of the controls it stands in (ASP.NET: Head1$txtKey)."""
    return re.sub(r"^(?:ctl\d+|\w+?\d*)[$](?=\w)", "", name.lower())


def _form_evidence(doc: Document, form: etree._Element | None, *, advanced: bool) -> float:
    if form is None:
        return 0.0
    score = 0.0
    action = form.get("action") or ""
    path = re.sub(r"^[a-z]+://[^/]*", "", action)
    if action and (_ACTION.search(path) or _HOSTS.search(host_of(doc.absolute(action)))):
        score += 3
    if _PARTS.search(" ".join(form.get(k) or "" for k in ("id", "name", "class", "onsubmit", "role"))):
        score += 2
    if _NOT_BLOCKS.search(f"{form.get('id') or ''} {form.get('name') or ''} {form.get('class') or ''}"):
        score -= 4
    inputs = list(islice(form.iter("input"), _MOST_CONTROLS))
    kinds = Counter((control.get("type") or "text").strip().lower() for control in inputs)
    texts = kinds["text"] + kinds["search"] + sum(1 for _ in islice(form.iter("textarea"), _MOST_CONTROLS))
    if kinds["password"] or kinds["file"]:
        score -= 8
    if advanced:
        pass  # the page is one large search form
    elif texts >= 4:
        score -= 6
    elif texts >= 2:
        score -= 1
    if any((control.get("name") or "").lower() in _HIDDEN for control in inputs):
        score -= 5
    return score


def _around(element: etree._Element) -> float:
    """Returns what the button beside the input and the blocks around it say."""
    score = 0.0
    block = element.getparent()
    found_button = named = False
    if name_parts(element) & _SECONDARY:
        score -= 1.5
    for _ in range(4):
        if block is None or block.tag in ("body", "html"):
            break
        if not found_button and (button := _button(block, element)) is not None:
            found_button = True
            score += 2 if _says_search(button) else 0.5
        label = f"{block.get('id') or ''} {block.get('class') or ''}"
        if not named and (_PARTS.search(label) or (block.get("role") or "") == "search"):
            named = True
            score += 1.5
        above = block.getparent()
        if name_parts(block) & _SECONDARY and (above is None or above.tag != "body"):
            score -= 2  # right below the body it is the page itself (id="app")
        if _NOT_BLOCKS.search(label) and name_parts(block):
            score -= 2
        block = block.getparent()
    return score


def _button(block: etree._Element, element: etree._Element) -> etree._Element | None:
    fallback: etree._Element | None = None
    wide: etree._Element | None = None  # searches more than the site: only where no other button does
    after = False
    for node in islice(block.iter(etree.Element), _MOST_AROUND):
        if node is element:
            after = True
        if node.tag not in _PRESSED and node.tag not in _CLICKED:
            continue
        pressed = node.tag == "button" or (node.tag == "input" and (node.get("type") or "").lower() in _BUTTON_TYPES)
        clicked = node.tag in _CLICKED and (
            node.get("onclick") is not None or _is_called_search(f"{node.get('id') or ''} {node.get('class') or ''}")
        )
        if (
            node.tag in ("div", "span", "p")
            and clicked
            and (node.find(".//input") is not None or len(text_of(node, 9)) > 8)
        ):
            clicked = False
        if node.tag == "a" and not clicked and squeeze(text_of(node, PROMPT)).lower() in _BUTTON:
            clicked = True
        if not (pressed or clicked):
            continue
        if _says_search(node):
            if not _WIDE.search(_words_of(node)):
                return node
            wide = node if wide is None else wide
        if fallback is None and after:
            fallback = node
    return fallback if wide is None else wide


@lru_cache(maxsize=1024)
def _is_called_search(names: str) -> bool:
    return _PARTS.search(names) is not None


def _words_of(node: etree._Element) -> str:
    return squeeze(node.get("value") or text_of(node, PROMPT) or node.get("alt") or node.get("title") or "").lower()


def _says_search(node: etree._Element) -> bool:
    text = _words_of(node)
    if text in _BUTTON:
        return True
    handler = " ".join(node.get(key) or "" for key in ("onclick", "href", "id", "class", "src"))
    if node.tag in ("button", "a"):
        handler += " ".join(
            f" {inner.get('class') or ''} {inner.get('src') or ''}" for inner in node.iterdescendants("i", "img")
        )
    return bool(_SCRIPT.search(handler))


def _label(element: etree._Element) -> str:
    """Returns the words right before an input, as far as its row goes."""
    previous = element.getprevious()
    if previous is not None:
        text = previous.tail or ""
        if not text.strip() and isinstance(previous.tag, str):
            text = text_of(previous)
        return squeeze(text)[-20:]
    parent = element.getparent()
    if parent is None:
        return ""
    if parent.text and parent.text.strip():
        return squeeze(parent.text)[-20:]
    previous = parent.getprevious()
    if previous is None or not isinstance(previous.tag, str):
        return ""
    if any(e.tag in ("input", "form") for e in islice(previous.iter(etree.Element), _MOST_AROUND)):
        return ""  # what stands before is another form, and its words are of its own input
    return squeeze(text_of(previous))[-20:]


def _box(doc: Document, page: Layout, found: _Candidate) -> SearchBox:
    element, form = found.element, found.form
    value = squeeze(element.get("value") or "")
    block: etree._Element | None = form if form is not None else element.getparent()
    button: etree._Element | None = None
    for _ in range(4):
        if block is None or block.tag in ("body", "html"):
            break
        button = _button(block, element)
        if button is not None:
            break
        block = block.getparent()
    return SearchBox(
        selector=selector_of(doc, element),
        region=page.place(element).region,
        visible=found.visible and not hides(element),
        action=doc.absolute(form.get("action") or "") if form is not None else "",
        method="post" if form is not None and (form.get("method") or "").lower() == "post" else "get",
        field=element.get("name") or "",
        submit=selector_of(doc, button) if button is not None else "",
        prompt=value,
    )


def selector_of(doc: Document, element: etree._Element) -> str:
    """Returns a CSS selector that matches exactly this element of the page, by names rather than by position."""
    tag = str(element.tag)
    identity = element.get("id") or ""
    if _IDENT.match(identity) and _is_only(doc, "id", identity):
        return f"{tag}#{identity}"
    name = element.get("name") or ""
    own = f'{tag}[name="{_quoted(name)}"]' if name else ""
    if own and _is_only(doc, "name", name, tag):
        return own
    form = next(element.iterancestors("form"), None)
    if form is not None and own and sum(1 for e in form.iter(tag) if e.get("name") == name) == 1:
        for key in ("id", "name"):
            value = form.get(key) or ""
            if value and _is_only(doc, key, value, "form"):
                return f'form[{key}="{_quoted(value)}"] {own}'
    for one in (element.get("class") or "").split():
        if _IDENT.match(one) and _is_only(doc, "class", one, tag):
            return f"{tag}.{one}"
    return _path(doc, element)


def _path(doc: Document, element: etree._Element) -> str:
    steps: list[str] = []
    node: etree._Element | None = element
    while node is not None and node.tag != "html":
        identity = node.get("id") or ""
        if node is not element and _IDENT.match(identity) and _is_only(doc, "id", identity):
            steps.append(f"{node.tag}#{identity}")
            break
        position = 1 + sum(1 for sibling in node.itersiblings(str(node.tag), preceding=True))
        steps.append(f"{node.tag}:nth-of-type({position})" if node.tag != "body" else "body")
        node = node.getparent()
    return " > ".join(reversed(steps))


def _is_only(doc: Document, key: str, value: str, name: str = "") -> bool:
    """Returns whether one element of the page has this value of an attribute (this word, of `class`), of those with
    this name."""
    sought = f'{key}="' if _MARKS.search(value) else value  # marks are written in other ways
    said = [
        tag.attributes.get(key, "")
        for tag in markup_of(doc).openings
        if sought in tag.written and (not name or tag.name == name)
    ]
    return sum(value in known.split() if key == "class" else value == known for known in said) == 1


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
