"""Screenshots for documents: only what every reader of a document can show, within a bound for all of them together."""

from __future__ import annotations

from collections.abc import Callable

from docx.image.image import Image

from reports.document.model import Figure

LIMIT = 25_000_000  # bytes of pictures in one document: mail servers of offices take about that much
PIXELS = 20_000  # a side: what says more is broken, or meant to break
_TYPES = ("image/jpeg", "image/png")


class Figures:
    """Hands out the screenshots of one document, each once, until the bound is reached."""

    def __init__(self, blob: Callable[[str], bytes], limit: int = LIMIT) -> None:
        self._blob, self._left = blob, limit
        self._used: set[str] = set()
        self.left_out = 0

    def take(self, digests: tuple[str, ...], caption: Callable[[str], str]) -> Figure | None:
        """Returns the first screenshot among the hashes that was not shown yet, None where there is none to show."""
        for digest in digests:
            if digest in self._used:
                continue
            try:
                data = self._blob(digest)
                image = Image.from_blob(data)
                size, kind = (image.px_width, image.px_height), image.content_type
            except Exception:
                # Proof that cannot be read, or is no picture: it is not shown, its hash stays in the list of evidence.
                continue
            if kind not in _TYPES or not all(0 < side <= PIXELS for side in size):
                continue
            if len(data) > self._left:
                self.left_out += 1
                return None
            self._left -= len(data)
            self._used.add(digest)
            return Figure(data, kind, size, caption(digest))
        return None
