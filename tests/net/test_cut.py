"""Files that are shorter than their own first bytes say: known by what formats promise, and no whole file is one."""

from __future__ import annotations

import io
import random
import struct
import zipfile

import msgspec
import pytest

from crawler.net.cut import is_cut, least_size
from crawler.net.message import Fetched
from tests.net.servers import packed
from tests.unit.checks.make import tried

HEAD = 1024  # bytes of a file that are asked for


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("size", [0, 1, 700, 70_000])
@pytest.mark.parametrize("streamed", [False, True])
def test_no_whole_archive_is_cut(method: int, size: int, streamed: bool) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(_Stream(held) if streamed else held, "w", method) as archive:
        for name in ("附件1.doc", "b/", "c.xls"):
            archive.writestr(name, random.Random(size).randbytes(size))
    whole = held.getvalue()
    assert least_size(whole[:HEAD], "zip") <= len(whole)


class _Stream(io.RawIOBase):
    """What cannot be sought: the sizes of a zip file written to it follow the data."""

    def __init__(self, held: io.BytesIO) -> None:
        super().__init__()
        self._held = held

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]  # bytes only
        return self._held.write(data)


def test_an_archive_without_its_end_is_cut() -> None:
    whole = packed("年报.doc", bytes(5000))
    assert least_size(whole[:HEAD], "zip") == len(whole)
    assert least_size(whole[:20], "zip") == 0, "too little of it to tell"
    empty = b"PK\x05\x06" + bytes(18)
    assert least_size(empty, "zip") == 0


@pytest.mark.parametrize(("power", "size"), [(9, 512), (12, 4096)])
def test_an_office_file_must_reach_its_directory_and_tables(power: int, size: int) -> None:
    def head(tables: int, directory: int, *listed: int) -> bytes:
        start = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(30, b"\0") + struct.pack("<H", power)
        start = start.ljust(44, b"\0") + struct.pack("<II", tables, directory)
        return start.ljust(76, b"\0") + struct.pack("<109I", *listed, *[0xFFFFFFFF] * (109 - len(listed))) + bytes(512)

    assert least_size(head(1, 40, 3), "ole") == 41 * size + 1
    assert least_size(head(2, 4, 3, 90), "ole") == 91 * size + 1
    assert least_size(head(1, 4, 3, 90), "ole") == 5 * size + 1, "what is listed beyond the table is left over"
    assert least_size(head(1, 0xFFFFFFFE), "ole") == size + 1
    assert least_size(head(1, 40, 3)[:200], "ole") == 0
    assert least_size(head(1, 40, 3).replace(struct.pack("<H", power), b"\x05\0", 1), "ole") == 0


def test_a_7z_file_must_reach_the_header_at_its_end() -> None:
    head = b"7z\xbc\xaf\x27\x1c\0\x04" + bytes(4) + struct.pack("<QQ", 9000, 120) + bytes(200)
    assert least_size(head, "7z") == 32 + 9000 + 120


@pytest.mark.parametrize(
    ("status", "length", "headers", "cut"),
    [
        (206, 4000, {"Content-Range": "bytes 0-1023/4000"}, True),
        (200, 4000, {"Content-Length": "4000"}, True),
        (206, 1024, {"Content-Range": "bytes 0-1023/*", "Content-Length": "1024"}, False),
        (206, 1024, {"Content-Length": "1024"}, False),
        (200, 900, {"Content-Length": "900", "Content-Encoding": "gzip"}, False),
        (200, None, {}, False),
        (404, 900, {"Content-Length": "900"}, False),
        (206, 60_000, {"Content-Range": "bytes 0-1023/60000"}, False),
    ],
)
def test_the_size_of_a_file_is_what_its_server_says_of_the_whole(
    status: int, length: int | None, headers: dict[str, str], cut: bool
) -> None:
    attempt = msgspec.structs.replace(tried(via="range", sniffed="zip", length=length), status=status)
    body = packed("a.doc", bytes(5000))[:HEAD]
    assert is_cut(Fetched(attempt, body, list(headers.items()), truncated=True)) is cut
