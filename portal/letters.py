"""What a published letter says it is about.

Mailboxes print a letter as labels and values (信件标题, 来信人, 来信时间, 信件内容), often under a heading that names
the form alone (信件公示). `portal.titles` looks for a heading or what stands above the date: there the writer is named.
"""

from __future__ import annotations

import re
from functools import cache

from portal.flow import flow_of
from portal.html import Document, squeeze
from portal.vocabulary import any_of, behind, words

_LONGEST = 120  # characters of a subject


def letter_subject(doc: Document) -> str:
    """Returns the labelled subject of a published letter, "" where none is labelled."""
    text = f"\n{flow_of(doc).text}"
    for label in _labels():
        for pattern in label:
            for hit in pattern.finditer(text):
                said = squeeze(re.split(r"[\n\t]", text[hit.end() : hit.end() + 2 * _LONGEST].lstrip(), maxsplit=1)[0])
                if 2 <= len(said) <= _LONGEST and not said.endswith((":", "：")) and not _other().match(said):
                    return said
    return ""


@cache
def _labels() -> tuple[tuple[re.Pattern[str], ...], ...]:
    """Returns the labels, surest first, each where a label may stand."""
    return tuple(
        behind("\n\t [【", rf"{re.escape(name)}\s*(?:[\]】]\s*[:：]?|[:：\t\n])")
        for name in words("labels", "letter", "subject")
    )


@cache
def _other() -> re.Pattern[str]:
    """Returns what begins the next label, where a subject is blank."""
    return re.compile(
        rf"(?:{any_of((*words('kinds', 'letter', 'labels'), *words('linkage', 'names', 'labels')))})\s*[:：\t]"
    )
