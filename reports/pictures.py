"""Pictures inside the report: each once, as a data URI, within a bound for all of them together."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping

from msgspec import Struct

LIMIT = 15_000_000  # bytes of pictures in one report
_TYPES = {b"\x89PNG\r\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp"}


class Picture(Struct, frozen=True):
    """One screenshot as a place in the report shows it: embedded here, or said where it is."""

    digest: str
    data: str = ""  # data URI, "" where it stands elsewhere in the report or only in the evidence folder
    anchor: str = ""  # id of the place that embeds it
    file: str = ""  # path of the file relative to the report, "" when it could not be written


class Pictures:
    """Hands out pictures: the first place that asks embeds it, later ones point there."""

    def __init__(self, blob: Callable[[str], bytes], files: Mapping[str, str], limit: int = LIMIT) -> None:
        self._blob, self._files, self._left = blob, files, limit
        self._placed: set[str] = set()
        self.left_out = 0

    def place(self, digest: str) -> Picture | None:
        """Returns the picture for one more place, None where there is no such picture."""
        digest = digest.removeprefix("sha256:")
        file, anchor = self._files.get(digest, ""), f"s-{digest[:12]}"
        if digest in self._placed:
            return Picture(digest, anchor=anchor, file=file)
        if file.endswith(".txt"):
            return None  # an answer: it was written as text beside the report
        try:
            data = self._blob(digest)
        except Exception:
            # Proof that cannot be read is not shown; its hash stays in the list of evidence.
            return None
        kind = next((name for mark, name in _TYPES.items() if data.startswith(mark)), "")
        if not kind:
            return None
        text = base64.b64encode(data).decode()
        if len(text) > self._left:
            self.left_out += 1
            return Picture(digest, file=file) if file else None
        self._left -= len(text)
        self._placed.add(digest)
        return Picture(digest, data=f"data:{kind};base64,{text}", anchor=anchor, file=file)
