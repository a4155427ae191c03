"""What a visitor can unfold of what the source hides: drop-downs of menus, panels of tabs of which one is shown."""

from __future__ import annotations

from msgspec import Struct, field

from portal.facts import Region
from portal.markup import HIDDEN_CLASSES, HIDES
from portal.nesting import Markup

_CHILDREN = 100  # of one element, among which a panel looks for the one that is shown
_NO_PANELS = frozenset({"a", "p", "span", "script", "form"})
_ENTRIES = frozenset({"li", "dd", "dt", "td"})  # of a menu: they hold what is unfolded, and by what
_LISTS = frozenset({"ul", "dl", "ol"})
_HANDLES = frozenset({"a", "span", "h2", "h3", "h4", "p"})
_NONE: frozenset[str] = frozenset()


class Family(Struct):
    """What stands right inside of one element: what may unfold something, and what the source shows."""

    handles: int = 0
    classes: dict[str, set[str]] = field(default_factory=dict)  # of elements that are shown, by their names
    stems: dict[str, set[str]] = field(default_factory=dict)  # what their ids begin with


def unfolds(page: Markup, index: int, region: Region, families: dict[int, Family]) -> bool:
    """Returns whether a visitor can unfold a hidden element that stands in this region.

    `families` are those of the page told so far, by their parents: each is looked through once, however much it hides.
    """
    known, name, parent = page.openings[index].attributes, page.openings[index].name, page.parents[index]
    classes = known.get("class", "").split()
    if "display" not in known.get("style", "").lower() and HIDDEN_CLASSES.isdisjoint(classes):
        return False
    if parent < 0:
        return False
    family = families.get(parent)
    if family is None:
        family = families[parent] = _family(page, parent)
    if page.openings[parent].name in _ENTRIES and (region is Region.NAV or name in _LISTS):
        return family.handles > (name in _HANDLES)  # one beside itself
    if name in _NO_PANELS:
        return False
    if not family.classes.get(name, _NONE).isdisjoint(classes):
        return True
    identity = known.get("id", "")
    stem = _stem(identity)
    return stem != identity and len(stem) >= 2 and stem in family.stems.get(name, _NONE)


def _family(page: Markup, parent: int) -> Family:
    found = Family()
    for number, child in enumerate(page.children(parent)):
        tag = page.openings[child]
        found.handles += tag.name in _HANDLES
        if number < _CHILDREN and tag.written and not tag.signs & HIDES:
            known = tag.attributes
            found.classes.setdefault(tag.name, set()).update(known.get("class", "").split())
            if identity := known.get("id"):
                found.stems.setdefault(tag.name, set()).add(_stem(identity))
    return found


def _stem(identity: str) -> str:
    return identity.rstrip("0123456789")
