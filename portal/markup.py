"""The tags of pages, each with the text behind it, as values that pages share.

Most of a page is its template, and most of its tags stand on a thousand other pages in the same words. What can be told
from a tag and the text behind it alone (its blanks folded, its names, whether its attributes hide it) is told once and
remembered under these very characters. What depends on where the tag stands belongs to the page: see `nesting`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from sys import intern

import msgspec
from lxml import etree

from portal.facts import Link
from portal.vocabulary import any_of, words

OPEN, EMPTY, CLOSE, COMMENT = range(4)
LINE, CELL, BLANK, LETTER = range(4)  # what a text ends in
SILENT = frozenset({"script", "style", "noscript", "template", "head", "title", "meta", "link"})  # hold no visible text
UNTOLD = -1  # of what readers know of a tag by itself: told when it is met first

# What a tag and the text behind it tell by themselves.
(
    HIDES,  # by its own attributes
    REGIONAL,  # its name, role, class or id may say where on a page it stands
    PAGE,  # html or body
    EXCERPT,  # an article: a row of them is a list
    TRAIL_NAME,  # it is called a breadcrumb
    TRAIL_TEXT,  # its text begins with the label of a breadcrumb
    MUTE,  # what is in it is no text of the page
    REFERS,  # it may refer to an address,
    INDIRECT,  # and more than the tag decides to which: the code in it, the list it stands in
    FOOTING_TOLD,  # readers of footers have looked at its text, and found:
    FOOTING,
    FOOTING_STRONG,
) = (1 << bit for bit in range(12))
ASKED = HIDES | REGIONAL | PAGE | EXCERPT | TRAIL_NAME | TRAIL_TEXT | MUTE  # few tags of a page say any of this

CODE = frozenset({"script", "style"})  # hold no text but their own
_KEPT = 5632  # tags remembered of late, and as many of before: some 8 MB
_LONGEST = 240  # characters of a tag and its text that are worth remembering,
_LONGEST_TEXT = 60  # and of its text where it refers to nothing: a paragraph does not come back

_ATTRIBUTE = re.compile(r"""([^\s=]+)="([^"]*)\"""")
_NOTHING: dict[str, str] = {}
_BOXES = frozenset({"iframe", "img", "embed", "object"})  # which are as large as they are said to be
_DOT = frozenset({"0", "0px", "1", "1px"})

_MUTE = SILENT - {"meta", "link"} | {"option", "select", "textarea", "svg", "object"}
_REFERRING = "a area img input iframe frame script link option video audio source embed object track"
_BLOCKS = (
    "address article aside blockquote body br center dd details dialog dir div dl dt fieldset figcaption figure footer"
    " form frame frameset h1 h2 h3 h4 h5 h6 header hgroup hr iframe li main menu nav ol p pre section table tbody tfoot"
    " thead tr ul"
)
_SAID_BY_NAME: dict[int, Iterable[str]] = {
    MUTE: _MUTE,
    HIDES: ("noscript", "template"),  # nobody sees these where scripts run
    REFERS: _REFERRING.split(),
    INDIRECT: ("option", "script"),
    PAGE: ("html", "body"),
    EXCERPT: ("article",),
    REGIONAL: ("header", "nav", "footer", "aside", "main"),
}
_BORDERS: dict[int, Iterable[str]] = {LINE: _BLOCKS.split(), CELL: ("td", "th")}
_BY_ANY_NAME = (0, LETTER)
_BY_NAME = {
    name: (
        sum(sign for sign, names in _SAID_BY_NAME.items() if name in names),
        next((border for border, names in _BORDERS.items() if name in names), LETTER),
    )
    for names in (*_SAID_BY_NAME.values(), *_BORDERS.values())
    for name in names
}

REGION_WORDS = {
    region: frozenset(words("regions", region, "words")) for region in ("header", "nav", "footer", "sidebar", "main")
}
CRUMB_WORDS = frozenset(words("regions", "breadcrumb", "words"))
NO_REGIONS = frozenset({"a", "span", "li", "img", "p", "b", "em", "i", "strong", "font", "input", "option"})
HIDDEN_CLASSES = frozenset(words("regions", "hidden", "classes"))
_REGIONAL = frozenset().union(*(REGION_WORDS[region] for region in ("header", "nav", "footer", "sidebar")))
# Attributes that say where an element stands.
_TELLING = re.compile(r' (?:class|id|style|hidden|role|width|aria-label|itemtype)="')
_LABELS = words("regions", "breadcrumb", "labels")
_CRUMB_ROLE = re.compile("breadcrumb|面包屑", re.IGNORECASE)
_SAID_ALOUD = ("aria-label", "itemtype")  # what screen readers and search engines are told of an element
_CRUMB_LABEL = re.compile(  # a trail in plain text needs none: 首页 > 公示公告, 首页 / 政务公开 / 法规文件
    rf"^[\s\[【>»]*(?:{any_of(_LABELS)})\s*[：:】\]>»]?|^首\s*页(?:\s*[>＞»›→]|\s+/\s)"
)
_LABEL_STARTS = frozenset("[【>»首").union(label[0] for label in _LABELS)  # of a text without blanks at its ends
_LONGEST_LABELLED = 200  # characters

_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_OF, _TO = (any_of(words("regions", "distance", name)) for name in ("of", "to"))
_DISTANCE = re.compile(rf"(?<![A-Za-z])(?:{_OF})[-_]?(?:{_TO})(?![a-z])", re.IGNORECASE)
_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?:\.0*)?\s*(?:;|$)"
    r"|(?:left|top|text-indent|margin-left|margin-top)\s*:\s*-\d{3,}",
    re.IGNORECASE,
)
_VALUES_THAT_HIDE = re.compile(r":\s*(?:[nNhH0]|-\d)")  # styles without any of them hide nothing
_ZERO = re.compile(
    r"(?:^|;)\s*(?:(?:max-)?(?:width|height)|font-size)\s*:\s*0(?:px|pt|em|%)?\s*(?:;|!|$)", re.IGNORECASE
)
_NO_PARTS: frozenset[str] = frozenset()


class Tag(msgspec.Struct, gc=False, eq=False):  # a page has hundreds: few are made, all are gone through
    """An opening, empty or closing tag, or a comment, with the text up to the next one.

    The text behind an opening tag is the text of its element, behind any other it is a tail. Of scripts and styles it
    is not kept. `words` is that text with its blanks folded, `led` the same to be put behind a letter; `after` says
    what it ends in then. A text of blanks alone is "" and " ".
    """

    kind: int
    signs: int
    border: int  # what stands on either side of its element in the text of the page: LINE, CELL, or LETTER for nothing
    after: int
    words: str
    led: str
    weight: int  # characters of visible text
    name: str
    text: str
    written: str  # its attributes
    rank: int | None = UNTOLD  # as container of a main text
    titled: int = UNTOLD  # whether it may hold a title
    called: frozenset[str] | None = None  # word parts of its class and id
    reach: int = UNTOLD  # of its references: see portal.urls.bases
    links: tuple[Link, ...] = ()  # its references as they were read last,
    links_for: tuple[str, ...] = ()  # with which base and encoding,
    links_at: object = None  # in which place,
    links_inner: Sequence[Tag] = ()  # and with what in its element

    @property
    def attributes(self) -> dict[str, str]:
        """Returns the attributes of an element by name."""
        if not self.written:
            return _NOTHING
        return _attributes(self.written) if len(self.written) <= _LONGEST else _attributes.__wrapped__(self.written)

    def attribute(self, name: str) -> str:
        """Returns one attribute of an element, "" where it has none: quicker than all of them."""
        before, mark, rest = self.written.partition(f'{name}="')
        if not mark:
            return ""
        if before and (before[-1] != " " or before.count('"') % 2):  # the end of another name, or of a value
            return self.attributes.get(name, "")
        value = rest.partition('"')[0]
        return html.unescape(value) if "&" in value else value

    @property
    def parts(self) -> frozenset[str]:
        """Returns the lower-case word parts of class and id; see `parts_of`."""
        if self.called is None:
            self.called = parts_of(self.attributes)
        return self.called

    @property
    def squeezed(self) -> str:
        """Returns the text with every run of blanks folded to one, and none at its ends."""
        return self.words.strip()


@lru_cache(maxsize=2048)
def _attributes(written: str) -> dict[str, str]:
    named = dict(_ATTRIBUTE.findall(written))
    return {name: html.unescape(value) for name, value in named.items()} if "&" in written else named


class _Heads(dict[str, tuple[int, str, str, int, int]]):
    """What stands between brackets, by its characters: kind, name, attributes, signs and border of such tags."""

    def __missing__(self, written: str) -> tuple[int, str, str, int, int]:
        kind, inner = OPEN, written
        if inner[-1:] == "/":
            kind, inner = EMPTY, inner[:-1]
        name, _, attributes = inner.partition(" ")
        if name[:1] == "/":
            kind, name = CLOSE, name[1:]
        elif name == "!":
            kind = COMMENT
        signs, border = _BY_NAME.get(name, _BY_ANY_NAME)
        if kind >= CLOSE:
            signs = 0
        if attributes:
            if "onclick=" in attributes or "background=" in attributes:
                signs |= REFERS
            if name == "script" and "src=" in attributes:
                signs &= ~INDIRECT
            if _TELLING.search(inner):
                signs |= _signs(name, _attributes.__wrapped__(attributes))
        head = kind, intern(name), attributes, signs, border
        if len(written) <= _LONGEST and not signs & REFERS:  # of these there are as many as addresses
            self[written] = head
        return head


def _signs(name: str, attributes: dict[str, str]) -> int:
    """Returns what the attributes of a tag say of where it stands."""
    found = HIDES if hidden_by(attributes) or (name in _BOXES and _is_dot(attributes)) else 0
    parts = parts_of(attributes)
    if "role" in attributes or (name not in NO_REGIONS and not parts.isdisjoint(_REGIONAL)):
        found |= REGIONAL
    if not parts.isdisjoint(CRUMB_WORDS) or (
        name not in NO_REGIONS and any(_CRUMB_ROLE.search(attributes.get(said, "")) for said in _SAID_ALOUD)
    ):
        found |= TRAIL_NAME
    return found


class _Known(dict[str, Tag]):
    """Tags by their characters in the serialised page, without the `<`: the younger ones, and in `before` the older."""

    def __init__(self) -> None:
        super().__init__()
        self.before: dict[str, Tag] = {}

    def __missing__(self, written: str) -> Tag:
        tag = self.before.get(written) or self._told(written)
        if len(written) <= _LONGEST and (len(tag.text) <= _LONGEST_TEXT or tag.signs & REFERS):
            self[written] = tag
        return tag

    def age(self) -> None:
        """Forgets the older ones: those not met since the last call but one."""
        self.before = dict(self)
        self.clear()

    @staticmethod
    def _told(written: str) -> Tag:
        inner, _, text = written.partition(">")  # the serialiser escapes this mark everywhere else
        kind, name, attributes, signs, border = _HEADS[inner]
        if kind == OPEN and name in CODE:
            if signs & INDIRECT and "href" not in text:
                signs &= ~(REFERS | INDIRECT)  # the code in it writes no links
            text = ""
        if not text:
            return Tag(kind, signs, border, LETTER, "", "", 0, name, "", attributes)
        if "&" in text:
            text = html.unescape(text)
        plain = text
        if "\u200b" in text or "\ufeff" in text:
            plain = text.replace("\u200b", " ").replace("\ufeff", " ")  # blanks to a reader, not to Python
        words, led, after, weight = " ".join(plain.split()), " ", BLANK, 0
        if words:
            words = text if words == text else words  # most are: one string, not two
            bare = text.strip()
            if kind != OPEN or name not in SILENT:
                weight = len(bare)
            led = " " + words if plain[0].isspace() else words
            if plain[-1].isspace():
                words += " "
                led += " "
            else:
                after = LETTER
            if bare[0] in _LABEL_STARTS and len(text) < _LONGEST_LABELLED and _CRUMB_LABEL.match(bare):
                signs |= TRAIL_TEXT
        return Tag(kind, signs, border, after, words, led, weight, name, text, attributes)


_HEADS = _Heads()
_KNOWN = _Known()


def tags_of(written: Iterable[str]) -> list[Tag]:
    """Returns the tags that are written so by the serialiser, each without its `<` and with the text behind it."""
    if len(_KNOWN) > _KEPT:
        _KNOWN.age()
    if len(_HEADS) > _KEPT:
        _HEADS.clear()
    return list(map(_KNOWN.__getitem__, written))


def parts_of(attributes: dict[str, str]) -> frozenset[str]:
    """Returns the lower-case word parts of class and id: siteHead-top -> site, head, top."""
    return _parts_of(attributes.get("class") or "", attributes.get("id") or "")


def name_parts(element: etree._Element) -> frozenset[str]:
    """Returns the lower-case word parts of an element's class and id: siteHead-top -> site, head, top."""
    return _parts_of(element.get("class") or "", element.get("id") or "")


def _parts_of(classes: str, identity: str) -> frozenset[str]:
    if not classes and not identity:
        return _NO_PARTS
    short = len(classes) + len(identity) <= _LONGEST
    return _parts(classes, identity) if short else _parts.__wrapped__(classes, identity)


def _is_dot(attributes: dict[str, str]) -> bool:
    """Returns whether an element is a dot at most: a frame or picture of that size is for counters and forms."""
    return attributes.get("width") in _DOT and attributes.get("height") in _DOT


@lru_cache(maxsize=8192)
def _parts(classes: str, identity: str) -> frozenset[str]:
    return frozenset(part.lower() for part in _PARTS.findall(_DISTANCE.sub(" ", f"{classes} {identity}")))


def hides(element: etree._Element) -> bool:
    """Returns whether the element's own attributes hide it: style, hidden, classes of frameworks, zero size."""
    return bool(element.attrib) and hidden_by({str(name): str(value) for name, value in element.items()})


def hidden_by(attributes: dict[str, str]) -> bool:
    """Returns whether these attributes hide their element; see `hides`."""
    if not attributes:
        return False
    style = attributes.get("style")
    if style and (_style_hides(style) if len(style) <= _LONGEST else _style_hides.__wrapped__(style)):
        return True
    if "hidden" in attributes:
        return True
    classes = attributes.get("class")
    if classes and not HIDDEN_CLASSES.isdisjoint(classes.split()):
        return True
    return attributes.get("width") in ("0", "0px") and attributes.get("height") in ("0", "0px")


@lru_cache(maxsize=4096)
def _style_hides(style: str) -> bool:
    return bool(_VALUES_THAT_HIDE.search(style) and (_HIDING.search(style) or _ZERO.search(style)))
