"""Commands as they are called on this machine: after `python3 run.py audit` there is no `mingcha` to call."""

from __future__ import annotations

import os
import re

PROGRAM = "MINGCHA_PROGRAM"  # environment, set by run.py: what was called, where that is not `mingcha`
_COMMAND = re.compile(r"(?<![\w./-])mingcha(?= [a-z]{2,}\b)")


def program() -> str:
    """Returns the words that call this program here."""
    return os.environ.get(PROGRAM) or "mingcha"


def called(text: str) -> str:
    """Returns a text with its commands as they are called here: python3 run.py recheck ..."""
    name = program()
    return text if name == "mingcha" else _COMMAND.sub(lambda _: name, text)
