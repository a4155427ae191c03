"""Whether a file is shorter than its own first bytes say, so that no program opens it. Pure.

Only what formats promise: whatever a writer may leave out or get wrong says nothing here.
"""

from __future__ import annotations

import struct

from crawler.net.message import Fetched

_ZIP = struct.Struct("<4xHHH8xIIHH")  # a local header: version, flags, method; both sizes, those of the names
_ZIP_END = 46 + 22  # bytes of the directory's entry of one file, but for its name, and of the record at the end
_LATER = 0x08  # the sizes follow the data
_BIG = 0xFFFFFFFF  # the size stands elsewhere (zip64)
_SEVEN = struct.Struct("<12xQQ")  # where the header at the end begins, counted from the 32nd byte, and its size
_OLE = struct.Struct("<30xH12xII")  # size of a sector as a power of two, sectors of the table, first of the directory
_OLE_TABLE, _OLE_LISTED = 76, 109  # where the header lists the sectors of the table, and how many it can
_UNUSED = 0xFFFFFFF0  # no sector has a number from here on


def is_cut(fetched: Fetched) -> bool:
    """Returns whether what came is a file that is shorter than it says itself, by the size the server tells."""
    attempt = fetched.attempt
    if attempt.length is None or attempt.status not in (200, 206) or fetched.header("content-encoding"):
        return False  # the size of what is packed on the way is not that of the file
    if attempt.status == 206 and not fetched.header("content-range").rpartition("/")[2].isdecimal():
        return False  # the size is that of the part
    return attempt.length < least_size(fetched.body, attempt.sniffed)


def least_size(data: bytes, kind: str) -> int:
    """Returns the least number of bytes a whole file has that begins so, 0 where none is told; `kind` as sniffed."""
    if kind == "zip" and data[:4] == b"PK\x03\x04" and len(data) >= _ZIP.size:
        _, flags, _, packed, _, name, extra = _ZIP.unpack_from(data)
        return 0 if flags & _LATER or packed == _BIG else 30 + name + extra + packed + name + _ZIP_END
    if kind == "7z" and len(data) >= _SEVEN.size:
        start, size = _SEVEN.unpack_from(data)
        return int(32 + start + size)
    if kind == "ole" and len(data) >= _OLE_TABLE + 4 * _OLE_LISTED:
        power, tables, directory = _OLE.unpack_from(data)
        if power not in (9, 12):
            return 0
        listed = struct.unpack_from(f"<{min(tables, _OLE_LISTED)}I", data, _OLE_TABLE)
        last = max((sector for sector in (directory, *listed) if sector < _UNUSED), default=0)
        return int((last + 1) << power) + 1  # its first byte at least
    return 0
