"""Addresses written wrongly: what no browser opens, and what to look at first where a link is dead.

Editors type and paste addresses: htp://, http:// twice, a blank in the host, a letter in the port, a full stop
that belongs to the sentence. The patterns are data (vocabulary/urls.toml), each with where it was seen.
"""

from __future__ import annotations

import re
from functools import cache
from urllib.parse import unquote

from portal.urls import host_of, is_http
from portal.vocabulary import load

_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_MEANT = re.compile(r"https?:", re.IGNORECASE)
_TEMPLATE = re.compile(r"[{}<>$%]")  # a script or template fills it in
_NEARLY = re.compile(r"([htps]{2,8})://", re.IGNORECASE)
_PORT = re.compile(r"://[^/?#]*:\d*[^/?#\d]")


def on_a_drive(href: str) -> str:
    """Returns a file of the editor's own machine (C:\\...) as a file: address, "" for anything else."""
    text = href.strip()
    return "file:///" + text.replace("\\", "/") if _DRIVE.match(text) else ""


def kept(href: str) -> str:
    """Returns what an anchor's reference that resolves to nothing is known by all the same: a file on a drive, or a web
    address whose host is none, as it is written. "" for any other, and for what a script fills in."""
    text = href.strip()
    if not _MEANT.match(text):
        return on_a_drive(href)
    return "" if _TEMPLATE.search(text.partition(":")[2].strip("/").partition("/")[0]) else text


def unopenable(url: str) -> str:
    """Returns why no browser can open an address, by its writing alone (Chinese), "" of any other."""
    if not is_http(url):
        nearly = _NEARLY.match(url)
        return _said("scheme").format(nearly[1]) if nearly else ""
    host = host_of(url)
    if host in ("http", "https"):
        return _said("twice")
    if host:
        return ""
    name = url.partition("://")[2].partition("/")[0]
    if not name.strip():
        return _said("no_host")
    if any(char.isspace() for char in name):
        return _said("blank")
    return _said("port" if _PORT.search(url) else "host")


def oddity(url: str) -> str:
    """Returns what is conspicuous about the writing of an address that leads nowhere (Chinese), "" without anything."""
    text = "/" + unquote(url.partition("://")[2].partition("/")[2].partition("?")[0])
    for pattern, words in _odd():
        if hit := pattern.search(text):
            return words.format(hit[0])
    return ""


def _said(why: str) -> str:
    return str(load("urls")["unopenable"][why])


@cache
def _odd() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(entry["pattern"], re.IGNORECASE), entry["words"]) for entry in load("urls")["odd"])
