"""What the first bytes of a file are, whatever its name and Content-Type say. Pure."""

from __future__ import annotations

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "pdf"),
    (b"PK\x03\x04", "zip"),  # also docx, xlsx, pptx, ofd
    (b"PK\x05\x06", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),  # doc, xls, ppt, wps, et
    (b"Rar!\x1a\x07", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\x1f\x8b", "gzip"),
    (b"{\\rtf", "rtf"),
    (b"\x89PNG\r\n", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"BM", "bmp"),
    (b"II*\x00", "image"),
    (b"MM\x00*", "image"),
    (b"\x00\x00\x01\x00", "image"),
    (b"AT&TFORM", "djvu"),
    (b"FLV\x01", "media"),
    (b"ID3", "media"),
    (b"\x1aE\xdf\xa3", "media"),
    (b"OggS", "media"),
    (b"CWS", "flash"),
    (b"FWS", "flash"),
    (b"MZ", "exe"),
)
_HTML = (
    b"<!doctype html", b"<html", b"<head", b"<body", b"<script", b"<title", b"<meta", b"<div", b"<table", b"<iframe",
    b"<h1", b"<p>", b"<p ", b"<br", b"<style", b"<link", b"<center", b"<a ", b"<font", b"<frameset", b"<form", b"<span",
)  # fmt: skip
_SPACE = b" \t\r\n\x0c"


def sniff(data: bytes) -> str:
    """Returns what the bytes are: empty, html, xml, json, text, pdf, zip, ole, rar, image, media, binary, ...

    Follows the order of the WHATWG MIME sniffing standard where it speaks. White space alone counts as empty.
    """
    if not data.removeprefix(b"\xef\xbb\xbf").strip(_SPACE):
        return "empty"
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            if kind == "bmp":
                # Two letters are little: a bitmap also has a header of known size.
                return (
                    "image"
                    if data[14:18] in (b"\x28\0\0\0", b"\x0c\0\0\0", b"\x6c\0\0\0", b"\x7c\0\0\0")
                    else _text(data)
                )
            return kind
    if data[:4] == b"RIFF":
        return "image" if data[8:12] == b"WEBP" else "media"
    if data[4:8] == b"ftyp":
        return "image" if data[8:12] in (b"avif", b"heic", b"mif1") else "media"
    if b"%PDF-" in data[:1024]:  # readers accept junk before the mark
        return "pdf"
    return _text(data)


def _text(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "text"
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip(_SPACE)[:1024]  # templates leave pages of blank lines on top
    low = start.lower()
    while low.startswith(b"<!--"):
        _, found, rest = low.partition(b"-->")
        if not found:
            return "html"
        low = rest.lstrip(_SPACE)
    if low.startswith(b"<?xml"):
        return "html" if b"<html" in low or b"<!doctype html" in low else "xml"
    if low.startswith(_HTML):
        return "html"
    if low.startswith(b"<svg"):
        return "image"
    if any(byte < 0x09 or 0x0D < byte < 0x1B or 0x1B < byte < 0x20 for byte in start):
        return "binary"
    if low[:1] in (b"{", b"["):
        return "json"
    if b"<html" in low or b"<body" in low or b"<!doctype html" in low:
        return "html"
    return "xml" if low.startswith(b"<") and b"</" in low and b">" in low else "text"
