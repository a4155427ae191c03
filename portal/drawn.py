"""Applications: whatever address is asked for, the server answers with one frame, and a script draws the page into it.

What such a frame says, it says of no page: that two addresses are answered alike proves nothing there, and only a
browser sees what stands on a page.
"""

from __future__ import annotations

from portal.artifacts import PageRecord
from portal.facts import PageFacts, PageKind
from portal.text import SAME_TEXT, sketch_distance
from portal.urls import routed


def is_drawn(page: PageRecord) -> bool:
    """Returns whether a script draws the page: a browser shows a text that the server's answer has not. Where that text
    is an error or a challenge, nothing was drawn."""
    shown, source = page.rendered, page.facts
    if shown is None or source is None or shown.kind in (PageKind.ERROR, PageKind.CHALLENGE) or not shown.sketch:
        return False
    return not source.sketch or sketch_distance(shown.sketch, source.sketch) > SAME_TEXT


def frame_of(home: PageRecord | None) -> PageFacts | None:
    """Returns what the server answers where a script draws the home page from it, None where the answer is the page."""
    return home.facts if home is not None and is_drawn(home) else None


def is_frame(page: PageRecord, frame: PageFacts | None) -> bool:
    """Returns whether a page's source is a frame: that of its route (no server learns which one is asked for), or the
    one of the whole portal with its words in it. One without a word says so by itself: its list is scripted, its text
    blank.

    seen: hdjl.…/#/letters and hdjl.…/#/survey, columns in the menu of static pages, one frame with 249 characters.
    """
    facts = page.facts
    if routed(page.url):
        return facts is not None
    if frame is None or facts is None or not facts.sketch or not frame.sketch:
        return False
    return facts.head_title == frame.head_title and sketch_distance(facts.sketch, frame.sketch) <= SAME_TEXT
