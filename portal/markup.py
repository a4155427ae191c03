"""The tags of a page in order, each with the text behind it, as values that pages share.

Most of a page is its template, and most of its tags stand on a thousand other pages in the same words. So the page is
written out once by the parser's own serialiser and cut at every tag; what can be told from a tag and the text behind it
alone (its blanks folded, its names, whether its attributes hide it) is told once and remembered under these very
characters. What depends on where the tag stands belongs to the page and is told by its readers.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from lxml import etree

from portal.facts import Link
from portal.vocabulary import words

OPEN, EMPTY, CLOSE, COMMENT = range(4)
SILENT = frozenset({"script", "style", "noscript", "template", "head", "title", "meta", "link"})  # hold no visible text
UNTOLD = -1  # of what readers know of a tag by itself: told when it is met first
_CODE = frozenset({"script", "style"})
_KEPT = 8192  # tags remembered, some 6 MB
_LONGEST = 600  # characters of a tag and its text that are worth remembering: a whole paragraph does not come back

_UNSEEN = re.compile(r"<!(?:--.*?--|\[CDATA\[.*?\]\])>", re.DOTALL)
_ATTRIBUTE = re.compile(r"""([^\s=]+)="([^"]*)\"""")
_LOST = "&#xFFFD;"  # the serialiser's word for a control character, some of which are blanks
_NAME = re.compile(r"[^\s=<>\"'/]+")
_NOTHING: dict[str, str] = {}
_ODD_BLANKS = "\u200b\ufeff"  # blanks to a reader, not to Python
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?:\.0*)?\s*(?:;|$)"
    r"|(?:left|top|text-indent|margin-left|margin-top)\s*:\s*-\d{3,}",
    re.IGNORECASE,
)
_ZERO = re.compile(
    r"(?:^|;)\s*(?:(?:max-)?(?:width|height)|font-size)\s*:\s*0(?:px|pt|em|%)?\s*(?:;|!|$)", re.IGNORECASE
)
_HIDDEN_CLASSES = frozenset(words("regions", "hidden", "classes"))
_NO_PARTS: frozenset[str] = frozenset()


class Tag:
    """An opening, empty or closing tag, or a comment, with the text up to the next one.

    The text behind an opening tag is the text of its element, behind any other it is a tail. `words` is that text with
    its blanks folded, None where there is none at all; `led` the same to be put behind something that is no blank.
    Of scripts and styles it is not kept.
    """

    __slots__ = (
        "_attributes",
        "kind",
        "led",
        "link",
        "link_for",
        "name",
        "rank",
        "signs",
        "text",
        "weight",
        "words",
        "written",
    )

    def __init__(self, kind: int, name: str, written: str, text: str) -> None:
        self.kind = kind
        self.name = name
        self.written = written  # its attributes
        self.text = text
        self.weight = 0
        self.words: str | None = None
        self.led = ""
        if text:
            if not text.isascii():
                for blank in _ODD_BLANKS:
                    text = text.replace(blank, " ")
            folded = self.led = " ".join(text.split())
            if folded:
                if kind != OPEN or name not in SILENT:
                    self.weight = len(self.text.strip())
                if text[-1].isspace():
                    folded = self.led = folded + " "
                if text[0].isspace():
                    self.led = " " + folded
            self.words = folded
        self.signs = UNTOLD  # of regions
        self.rank: int | None = UNTOLD  # as container of a main text
        self.link_for: tuple[object, ...] = ()  # where it stood when it was read as a link last
        self.link: Link | None = None
        self._attributes: dict[str, str] | None = None if written else _NOTHING

    @property
    def attributes(self) -> dict[str, str]:
        """Returns the attributes of an element by name."""
        if self._attributes is None:
            self._attributes = dict(_ATTRIBUTE.findall(self.written))
            if "&" in self.written:
                self._attributes = {name: html.unescape(value) for name, value in self._attributes.items()}
        return self._attributes

    @property
    def squeezed(self) -> str:
        """Returns the text with every run of blanks folded to one, and none at its ends."""
        return (self.words or "").strip()


class _Known(dict[str, Tag]):
    """Tags by their characters in the serialised page, without the `<`."""

    def __missing__(self, written: str) -> Tag:
        head, _, text = written.partition(">")  # the serialiser escapes this mark everywhere else
        kind = OPEN
        if head.endswith("/"):
            kind, head = EMPTY, head[:-1]
        name, _, attributes = head.partition(" ")
        if name.startswith("/"):
            kind, name = CLOSE, name[1:]
        elif name == "!":
            kind = COMMENT
        if kind == OPEN and name in _CODE:
            text = ""
        elif "&" in text:
            text = html.unescape(text)
        tag = Tag(kind, name, attributes, text)
        if len(written) <= _LONGEST:
            self[written] = tag
        return tag


_KNOWN = _Known()


@dataclass(slots=True)
class Markup:
    """The tags of one page and its elements, both in document order, and how they belong together."""

    tags: list[Tag]
    elements: list[etree._Element]
    openings: list[Tag]  # of each element
    parents: list[int]  # the element each one stands in, -1 for the root
    last: list[int]  # the last element inside of each one, itself where it is empty
    begins: list[int]  # where in `tags` each element begins
    ends: list[int]  # and where it ends
    weights: list[int]  # characters of visible text met up to each element, that behind it included


def markup(tree: etree._Element) -> Markup:
    """Returns the tags of a page. The tree's document type is dropped: it would change how a page is written out."""
    if len(_KNOWN) > _KEPT:
        _KNOWN.clear()
    elements = list(tree.iter(etree.Element))
    tree.getroottree().docinfo.clear()
    written = etree.tostring(tree, encoding="unicode", with_tail=False)
    if "<!" in written:
        written = _UNSEEN.sub(lambda hit: "<!>" if hit[0].startswith("<!--") else "", written)
    found = None
    if _LOST not in written:
        found = _arranged(list(map(_KNOWN.__getitem__, written.split("<")[1:])), elements)
    if found is None:  # attributes whose very names hold marks
        found = _arranged(list(map(_KNOWN.__getitem__, _by_hand(tree))), elements)
    assert found is not None, "what is written out tag by tag is as nested as its tree"
    return found


def _arranged(tags: list[Tag], elements: list[etree._Element]) -> Markup | None:
    """Returns how tags and elements belong together, None where they do not."""
    openings: list[Tag] = []
    parents: list[int] = []
    last: list[int] = []
    begins: list[int] = []
    ends: list[int] = []
    own: list[int] = []
    above = -1
    index = -1
    for place, tag in enumerate(tags):
        kind = tag.kind
        if kind == CLOSE:
            if above < 0 or openings[above].name != tag.name:
                return None
            last[above] = index
            ends[above] = place
            own[above] += tag.weight
            above = parents[above]
        elif kind != COMMENT:
            index += 1
            openings.append(tag)
            parents.append(above)
            last.append(index)
            begins.append(place)
            ends.append(place)
            own.append(tag.weight)
            if kind == OPEN:
                above = index
    if above >= 0 or len(openings) != len(elements):
        return None
    return Markup(tags, elements, openings, parents, last, begins, ends, list(accumulate(own)))


def _by_hand(tree: etree._Element) -> Iterator[str]:
    """Yields the tags of a page as the serialiser writes them, without attributes that no document may have."""
    stack: list[tuple[etree._Element, bool]] = [(tree, False)]
    while stack:
        node, leaving = stack.pop()
        tail = "" if node is tree else html.escape(node.tail or "", quote=False)
        if isinstance(node, etree._Comment):
            yield f"!>{tail}"
        elif leaving:
            yield f"/{_plain(str(node.tag))}>{tail}"
        else:
            known = ((str(name), str(value)) for name, value in node.attrib.items())
            written = "".join(f' {name}="{html.escape(value)}"' for name, value in known if _NAME.fullmatch(name))
            yield f"{_plain(str(node.tag))}{written}>{html.escape(node.text or '', quote=False)}"
            stack.append((node, True))
            stack.extend((child, False) for child in reversed(node))


def _plain(name: str) -> str:
    return name if _NAME.fullmatch(name) else "x"


def parts_of(attributes: dict[str, str]) -> frozenset[str]:
    """Returns the lower-case word parts of class and id: siteHead-top -> site, head, top."""
    classes, identity = attributes.get("class"), attributes.get("id")
    return _parts(classes or "", identity or "") if classes or identity else _NO_PARTS


def name_parts(element: etree._Element) -> frozenset[str]:
    """Returns the lower-case word parts of an element's class and id: siteHead-top -> site, head, top."""
    classes, identity = element.get("class"), element.get("id")
    return _parts(classes or "", identity or "") if classes or identity else _NO_PARTS


@lru_cache(maxsize=8192)
def _parts(classes: str, identity: str) -> frozenset[str]:
    return frozenset(part.lower() for part in _PARTS.findall(f"{classes} {identity}"))


def hides(element: etree._Element) -> bool:
    """Returns whether the element's own attributes hide it: style, hidden, classes of frameworks, zero size."""
    return bool(element.attrib) and hidden_by({str(name): str(value) for name, value in element.items()})


def hidden_by(attributes: dict[str, str]) -> bool:
    """Returns whether these attributes hide their element; see `hides`."""
    if not attributes:
        return False
    style = attributes.get("style")
    if style and _style_hides(style):
        return True
    if "hidden" in attributes:
        return True
    classes = attributes.get("class")
    if classes and not _HIDDEN_CLASSES.isdisjoint(classes.split()):
        return True
    return attributes.get("width") in ("0", "0px") and attributes.get("height") in ("0", "0px")


@lru_cache(maxsize=4096)
def _style_hides(style: str) -> bool:
    return bool(_HIDING.search(style) or _ZERO.search(style))
