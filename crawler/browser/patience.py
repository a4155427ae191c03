"""How long a search session waits for what."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.browser.visit import Wait


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a search session waits, in seconds."""

    entry: Wait  # for the page with the box
    result: Wait  # for the result page to stand still
    typing: Wait  # for suggestions asked for while typing
    reaction: float  # in which a pressed button must have done something
    answer: float  # in which results, or the word that there are none, must have appeared
    asking: float  # the same where the page's own request for results is known to wait for its answer
    doubt: (
        float  # after which results without the title are looked at once more: some are shown before they are asked for
    )


PATIENCE = Patience(
    entry=Wait(quiet=0.4, cap=8.0),
    result=Wait(quiet=0.7, cap=12.0),
    typing=Wait(quiet=0.3, cap=1.5),
    reaction=4.0,
    answer=20.0,
    asking=30.0,
    doubt=3.0,
)
