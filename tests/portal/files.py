"""Small valid files: PDF, Word and Excel in both formats, ZIP, PNG, and bytes that only pretend to be one."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib


def pdf(text: str) -> bytes:
    """Returns a one-page PDF with an ASCII text on it."""
    content = f"BT /F1 12 Tf 72 720 Td ({text.encode('ascii', 'replace').decode()}) Tj ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for offset in offsets:
        out += b"%010d 00000 n \n" % offset
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def ole(stream: str) -> bytes:
    """Returns a compound file (the container of .doc and .xls) with one stream of that name."""
    sector = 512
    free, end, fat_mark = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    data = b"\x00" * 4096  # at the cut-off, so no mini stream is needed
    data_sectors = len(data) // sector
    fat = [fat_mark, end, *range(3, 2 + data_sectors), end]
    fat += [free] * (sector // 4 - len(fat))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 16
    header += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\x00" * 6
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, end, 0, end, 0)
    header += struct.pack("<I", 0) + struct.pack("<I", free) * 108

    def entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
        raw = name.encode("utf-16-le") + b"\x00\x00" if name else b""
        return (
            raw.ljust(64, b"\x00")
            + struct.pack("<HBB", len(raw), kind, 1)
            + struct.pack("<III", free, free, child)
            + b"\x00" * 36
            + struct.pack("<IQ", start, size)
        )

    directory = entry("Root Entry", 5, 1, end, 0) + entry(stream, 2, free, 2, len(data))
    directory += (b"\x00" * 68 + struct.pack("<III", free, free, free) + b"\x00" * 48) * 2
    return header + struct.pack("<128I", *fat) + directory + data


def doc() -> bytes:
    """Returns a compound file as Word 97 wrote them."""
    return ole("WordDocument")


def xls() -> bytes:
    """Returns a compound file as Excel 97 wrote them."""
    return ole("Workbook")


def archive(**members: bytes) -> bytes:
    """Returns a ZIP archive of the members (name with `__` for a dot)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in members.items():
            info = zipfile.ZipInfo(name.replace("__", "."), (2026, 1, 1, 0, 0, 0))
            target.writestr(info, data)
    return buffer.getvalue()


def docx(text: str) -> bytes:
    """Returns a minimal Word document with one paragraph."""
    types = (
        '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/word/document.xml" ContentType="application/'
        'vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
    )
    rels = (
        '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
        'officeDocument" Target="word/document.xml"/></Relationships>'
    )
    body = (
        '<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="http://schemas.openxmlformats.org/'
        f'wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body></w:document>'
    )
    parts = {"[Content_Types].xml": types, "_rels/.rels": rels, "word/document.xml": body}
    return archive(**{name: text.encode() for name, text in parts.items()})


def png(width: int, height: int, shade: int = 120) -> bytes:
    """Returns a PNG of one colour with a diagonal, so that it is not empty."""
    ground, line = bytes((shade, (shade + 60) % 256, 200)), bytes((200, 30, 30)) * 3
    rows = bytearray()
    for y in range(height):
        row = bytearray(ground * width)
        start = 3 * min(y * width // height, width - 3)
        row[start : start + len(line)] = line
        rows += b"\0" + row

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(rows))) + chunk(b"IEND", b"")
    )


def mp4() -> bytes:
    """Returns the head of an MP4 file: enough for a type, not for a film."""
    brand = b"isomiso2avc1mp41"
    box = struct.pack(">I", 8 + 4 + 4 + len(brand)) + b"ftypisom" + struct.pack(">I", 512) + brand
    return box + struct.pack(">I", 16) + b"free" + b"\x00" * 8
