"""Kept answers as a web archive (WARC 1.1, ISO 28500), readable by warcio, ReplayWeb.page and the other common tools.

    an answer of a server        response: its status line and headers as received, its body as kept
                                 metadata: how it was got (time, address, redirects), and the hash of the kept original
    a page as a browser showed   resource
    a request without an answer  metadata of the address: what was tried and what came of it
    DNS answers                  resource of dns:NAME

Bodies are kept decompressed. Where a header then no longer fits what follows it, it is kept with "X-Archive-Orig-"
before its name, as web archives do, and the right length is given. Requests are not kept.
"""

from __future__ import annotations

import datetime as dt
import uuid
from io import BytesIO
from typing import BinaryIO

from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.utils import Digester
from warcio.warcwriter import WARCWriter

from storage.proof import Piece

VERSION = "WARC/1.1"
_OWN = "x-mingcha-"
_REDONE = ("content-encoding", "transfer-encoding", "content-length")
_NAMES = uuid.UUID("6f0f2e0e-6a7f-5d0b-9a43-5f2c1c6a9d11")  # of this project: record ids are made from what they hold


class Archive:
    """A WARC being written: one gzip member a record."""

    def __init__(self, out: BinaryIO, made: dt.datetime, info: dict[str, str]) -> None:
        self._writer = WARCWriter(out, gzip=True, warc_version=VERSION)
        text = "".join(f"{name}: {_line(value)}\r\n" for name, value in info.items()).encode()
        self._put("warcinfo", "", made, "warcinfo", text, "application/warc-fields")

    def add(self, piece: Piece, data: bytes) -> str:
        """Writes one piece of proof that is no picture; returns the id of the record that holds it."""
        if piece.media_type.startswith("application/http"):
            return self._answer(piece, data)
        kind = "metadata" if piece.media_type.startswith("text/plain") and not piece.url.startswith("dns:") else ""
        extra = [("X-Mingcha-Evidence", f"sha256:{piece.sha256}")]
        name = f"{piece.sha256} {kind or 'resource'}"
        return self._put(kind or "resource", piece.url, piece.at, name, data, piece.media_type, extra)

    def _answer(self, piece: Piece, data: bytes) -> str:
        head, _, body = data.partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        own = [line for line in lines[1:] if line.lower().startswith(_OWN.encode())]
        said = {name.lower(): value for name, value in map(_split, own)}
        block = _head(lines[0], [line for line in lines[1:] if line not in own], said, len(body)) + body
        extra = [("WARC-Payload-Digest", _digest(body))]
        if address := said.get("x-mingcha-address"):
            extra.append(("WARC-IP-Address", address))
        if "x-mingcha-truncated" in said:
            extra.append(("WARC-Truncated", "length"))
        target = said.get("x-mingcha-url") or piece.url
        at = _time(said.get("x-mingcha-at", "")) or piece.at
        name = f"{piece.sha256} response"
        record = self._put("response", target, at, name, block, "application/http; msgtype=response", extra)
        fields = [b"X-Mingcha-Evidence: sha256:" + piece.sha256.encode(), *own]
        text = b"".join(line + b"\r\n" for line in fields)
        about = [("WARC-Concurrent-To", record)]
        self._put("metadata", target, at, f"{piece.sha256} metadata", text, "application/warc-fields", about)
        return record

    def _put(
        self,
        kind: str,
        target: str,
        at: dt.datetime,
        name: str,
        block: bytes,
        content_type: str,
        extra: list[tuple[str, str]] | None = None,
    ) -> str:
        record_id = f"<urn:uuid:{uuid.uuid5(_NAMES, f'{name} {target}')}>"
        stamp = f"{at.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%S.%f}Z"
        headers = [("WARC-Type", kind), ("WARC-Record-ID", record_id), ("WARC-Date", stamp)]
        if target:
            headers.append(("WARC-Target-URI", _line(target)))
        headers += [("WARC-Block-Digest", _digest(block)), *((key, _line(value)) for key, value in extra or ())]
        if kind == "resource":
            headers.append(("WARC-Payload-Digest", _digest(block)))
        whole = StatusAndHeaders("", headers, protocol=VERSION)
        record = ArcWarcRecord("warc", kind, whole, BytesIO(block), None, content_type, len(block))
        record.payload_length = len(block)
        self._writer.write_record(record)
        return record_id


def _head(status: bytes, lines: list[bytes], said: dict[str, str], size: int) -> bytes:
    """Returns status line and headers as received, but for those that do not fit a body kept decompressed or cut."""
    changed = "x-mingcha-body" in said or "x-mingcha-truncated" in said
    kept = [status]
    for line in lines:
        name, value = _split(line)
        stale = name.lower() in _REDONE and (
            name.lower() == "transfer-encoding" or changed or (name.lower() == "content-length" and value != str(size))
        )
        kept.append(b"X-Archive-Orig-" + line if stale else line)
    if not any(line.lower().startswith(b"content-length:") for line in kept):
        kept.append(b"Content-Length: %d" % size)
    return b"\r\n".join(kept) + b"\r\n\r\n"


def _split(line: bytes) -> tuple[str, str]:
    name, _, value = line.decode("latin-1").partition(":")
    return name.strip(), value.strip()


def _line(text: str) -> str:
    """Returns the text without what would end a header line."""
    return " ".join(text.split())


def _time(text: str) -> dt.datetime | None:
    try:
        at = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else None


def _digest(data: bytes) -> str:
    digester = Digester("sha256")
    digester.update(data)
    return str(digester)
