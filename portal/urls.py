"""Addresses: what a browser would request, which page an address means, whose it is, and where a crawler must not go.

All functions are pure and never raise; an address that leads nowhere is the empty string. Resolving follows the WHATWG
URL standard (ada), so what is requested is what a visitor's browser requests.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from functools import cache, lru_cache
from typing import Any
from urllib.parse import quote_from_bytes, unquote

import ada_url
from publicsuffixlist import PublicSuffixList

from portal.model import Portal
from portal.vocabulary import load

LONGEST_ADDRESS = 64 * 1024  # characters of an address that is kept and asked for; servers refuse much shorter ones
_NOWHERE = frozenset(
    {
        "javascript", "vbscript", "mailto", "tel", "sms", "data", "about", "blob", "callto", "skype", "chrome",
        "view-source", "weixin", "tencent", "mqqwpa", "wtai", "intent", "jscript", "javascrip", "ms-its", "res",
    }
)  # fmt: skip
_SCHEME = re.compile(r"^([a-zA-Z][a-zA-Z0-9+.\-]*)\s*:")
_ENCODED = 3  # so many bases without an encoding stand before those with it
_EDGES = "".join(map(chr, range(0x21)))
_CONTROL = re.compile(r"[\t\r\n]")
_ROUTES = ("/", "!/")  # what a fragment begins with that is a route
_UTF8 = frozenset({"", "utf-8", "utf8", "utf-16", "utf-16le", "utf-16be", "unicode"})
# Servers take `//list.asp` for `/list.asp` and `host.` for `host`. What such a page leads to is written relatively: one
# such link in an article led to the whole portal a second time, every finding was said twice and no policy found alone.
_SLASHES = re.compile(r"(?<!:)/{2,}")  # not those of an address within an address
_DOTTED_HOST = re.compile(r"^(https?://[^/?#]*[^/?#.:])\.(?=/)")
_IPV4 = re.compile(r"^\d{1,3}(?:\.\d{1,3}){3}$")
# What every part of an address may hold without the resolver changing anything of it (WHATWG URL, percent-encode sets).
_PLAIN_PATH = r"[A-Za-z0-9_~\-/.=,;@+!*]*(?:\?[A-Za-z0-9_~\-/.=,;@+!*&%:()?$]*)?"
_PLAIN_REFERENCE = re.compile(_PLAIN_PATH)
_PLAIN_ADDRESS = re.compile(rf"(https?://[a-z0-9.\-]+(?::[0-9]+)?/)({_PLAIN_PATH})")
_URLS: Mapping[str, Any] = load("urls")
_ATTACHMENTS = frozenset(_URLS["attachments"]["extensions"])
_IMAGES = frozenset(_URLS["attachments"]["images"])
_DOWNLOAD = re.compile(_URLS["attachments"]["download"], re.IGNORECASE)
_SESSION_FOLDER = re.compile(_URLS["session"]["folder"], re.IGNORECASE)
_SESSION_PATH = re.compile(_URLS["session"]["path"], re.IGNORECASE)
_SESSION_NAMES = frozenset(_URLS["session"]["names"])
_WEAK_NAMES = frozenset(_URLS["session"]["weak_names"])
_WEAK_VALUE = re.compile(_URLS["session"]["weak_value"], re.IGNORECASE)
_TRACKING = frozenset(_URLS["session"]["tracking"])
_NUMBERED = re.compile(_URLS["routes"]["numbered"])
_TRAPS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (entry["reason"], re.compile(entry["pattern"], re.IGNORECASE)) for entry in _URLS["trap"]
)
_LIMITS: Mapping[str, int] = _URLS["limits"]


@lru_cache(maxsize=4096)
def absolute(base: str, href: str, encoding: str = "") -> str:
    """Returns the address a browser would request for `href` on a page at `base`, without fragment.

    A fragment is kept where it is a route (see `routed`): on pages of an application that has such, and anywhere else
    behind an address, where it is more than the application's first page. One that stands alone there is a place on the
    page. "" where it leads nowhere: empty, only a fragment, javascript: and its kin, or not an address at all.
    `encoding` is the page's own: browsers send the query (not the path) of a GBK page in GBK. Unknown schemes with an
    authority (a typing error such as htttp://) are kept as written: they are links a visitor cannot follow.
    """
    if plain := _resolved(base, href):
        return plain
    text = _CONTROL.sub("", href.strip(_EDGES))
    text, _, fragment = text.partition("#")
    route = ""
    if fragment.startswith(_ROUTES):
        route = f"#{fragment}" if routed(base) or (text and fragment.strip("!/")) else ""
    elif fragment.isdecimal() and _NUMBERED.search(text or base.partition("#")[0]):
        route = f"#{fragment}"
    if not text and not route:
        return ""
    scheme = _SCHEME.match(text)
    if scheme and scheme[1].lower() in _NOWHERE:
        return ""
    if encoding.lower() not in _UTF8 and not text.isascii():
        text = _page_query(text, encoding)
    if route.lstrip("#!/"):
        text += route
    elif route:
        text = text or base.partition("#")[0]
    try:
        url: str = ada_url.join_url(base, text) if base else ada_url.normalize_url(text)
    except ValueError:
        return ""
    if url.startswith(("http://", "https://")):
        return url
    found = _SCHEME.match(url)
    return url if found and found[1].lower() not in _NOWHERE and "//" in url else ""


def _resolved(base: str, href: str) -> str:
    """Returns the address of a reference in which the resolver has nothing to fold or to escape; "" for any other.

    Nearly all references are such, and the resolver takes twenty times as long.
    """
    if href.startswith("http"):
        return href if plain_origin(href) else ""
    if not href or not base or href.startswith(("//", "?")) or _PLAIN_REFERENCE.fullmatch(href) is None:
        return ""
    origin, folder = _plain_bearings(base)
    if not origin:
        return ""
    if href[0] == "/":
        folder, href = origin, href[1:]
    else:
        while href.startswith(("./", "../")):
            if href[1] == ".":
                href = href[3:]
                folder = folder[: folder.rfind("/", len(origin), -1) + 1] if len(folder) > len(origin) else origin
                folder = folder or origin
            else:
                href = href[2:]
    if href.startswith((".", "?")) or "/." in href.partition("?")[0]:
        return ""
    return folder + href


def plain_origin(url: str) -> str:
    """Returns the origin (scheme, host and port, a slash behind them) of an address that stays as it is when it is
    resolved, and names no user and no place on the page; "" of any other. The resolver takes ten times as long."""
    parts = _PLAIN_ADDRESS.fullmatch(url)
    if parts is None:
        return ""
    origin, rest = parts.groups()
    if "/." in rest.partition("?")[0] or rest[:1] == "." or not _stays(origin):
        return ""
    return origin


@lru_cache(maxsize=1024)
def _stays(url: str) -> bool:
    try:
        return bool(ada_url.normalize_url(url) == url)
    except ValueError:
        return False


@lru_cache(maxsize=1024)
def _plain_bearings(base: str) -> tuple[str, str]:
    """Returns origin and folder of a base, ("", "") where the resolver would change anything of them."""
    origin, folder = bearings(base)
    plain = base.startswith(("http://", "https://")) and _stays(origin) and _stays(folder)
    return (origin, folder) if plain and folder.startswith(origin) and origin.endswith("/") else ("", "")


def bearings(base: str) -> tuple[str, str]:
    """Returns what of a base decides whole and rooted addresses, and what decides relative paths: origin and folder.

    Resolving against them gives what resolving against the base itself gives. A base that is no plain http or https
    address is returned twice as it is.
    """
    plain = base.partition("#")[0].partition("?")[0]
    scheme, mark, rest = plain.partition("://")
    if scheme.lower() not in ("http", "https") or not mark or "\\" in rest:
        return base, base
    host, slash, path = rest.partition("/")
    if not slash:
        return base, base
    origin = f"{scheme}://{host}/"
    return origin, origin + path[: path.rfind("/") + 1]


def bases(base: str, encoding: str) -> tuple[tuple[str, str], ...]:
    """Returns what of a page addresses are read with, base and encoding, by their reach: from the origin alone to all
    there is. Pages of one portal share the first of them, pages of one folder the next, and so what was read so."""
    # What a fragment means is a page's own where it is a route.
    known = (*bearings(base), base) if not (routed(base) or _NUMBERED.search(base)) else (base,) * _ENCODED
    return (*(_shared(one, "") for one in known), *(_shared(one, encoding) for one in known))


@lru_cache(maxsize=1024)
def _shared(base: str, encoding: str) -> tuple[str, str]:
    return base, encoding


def routed(url: str) -> bool:
    """Returns whether a page's address is one of an application that shows its pages by what stands behind the `#`.

    Such an application is one document to the server; its router puts `#/` or `#!/` behind the address of what it shows
    first, and all it links to is told apart by its fragment alone. Other pages lead to it by such addresses too. Some
    write but a number there (`numbered` of urls.toml).
    """
    document, _, fragment = url.partition("#")
    return fragment.startswith(_ROUTES) or (fragment.isdecimal() and _NUMBERED.search(document) is not None)


def as_path(url: str) -> str:
    """Returns an address with its route, where it has one, written as a path: http://host/#/list?id=1 as
    http://host/list?id=1."""
    document, _, fragment = url.partition("#")
    if not routed(url):
        return url
    return document.rstrip("/") + ("/" if fragment.isdecimal() else "") + fragment.removeprefix("!")


def reach(href: str) -> int:
    """Returns which of `bases` a reference takes to be read as with the whole of them."""
    if not href.isascii():
        return _ENCODED + _breadth(href)
    return _breadth(href)


def widest(hrefs: Iterable[str]) -> int:
    """Returns the reach that is enough for each of several references."""
    reaches = [reach(href) for href in hrefs]
    encoded = any(each >= _ENCODED for each in reaches)
    return max((each % _ENCODED for each in reaches), default=0) + (_ENCODED if encoded else 0)


def _breadth(href: str) -> int:
    if href.startswith(("/", "http://", "https://", "#")):
        return 0
    scheme = _SCHEME.match(href) if ":" in href else None
    if scheme and scheme[1].lower() in _NOWHERE:
        return 0
    return 1 if href[:1].isalnum() or href.startswith(("./", "../")) else 2


def _page_query(text: str, encoding: str) -> str:
    path, mark, query = text.partition("?")
    if not mark or query.isascii():
        return text
    try:
        data = query.encode(encoding, "xmlcharrefreplace")
    except LookupError:
        return text
    # Only bytes outside ASCII are escaped here; the resolver does the rest exactly as for ASCII queries.
    escaped = "".join(chr(b) if b < 0x80 else quote_from_bytes(bytes([b])) for b in data)
    return f"{path}?{escaped}"


@lru_cache(maxsize=4096)
def normalise(url: str) -> str:
    """Returns the identity of the page an address means: what is requested, less session ids, tracking and fragment,
    but for the route of an application (see `routed`).

    Case of the host, default ports, dot segments, the empty path, slashes said twice in the path and the dot behind a
    host are folded; nothing is reordered. An address that cannot be parsed is returned without its fragment.
    """
    route = ""
    if plain_origin(url):
        text = url
    else:
        try:
            text = ada_url.normalize_url(url.strip(_EDGES))
        except ValueError:
            return url.partition("#")[0].strip()
        text, _, fragment = text.partition("#")
        if fragment.strip("!/") and routed(f"{text}#{fragment}"):
            route = f"#{fragment}"
    path, mark, query = text.partition("?")
    if ";" in path:
        path = _SESSION_PATH.sub("", path)
    if "/(" in path:
        path = _SESSION_FOLDER.sub("", path)
    if "//" in path[8:]:  # behind the scheme
        path = path[:8] + _SLASHES.sub("/", path[8:])
    if "./" in path:
        path = _DOTTED_HOST.sub(r"\1", path)
    if mark:
        kept = [part for part in query.split("&") if not _is_session(part)]
        query = "&".join(kept)
    return f"{path}?{query}{route}" if query else path + route


def bare(url: str) -> str:
    """Returns an address without its door: the same for http and https, with www and without."""
    return normalise(url).partition("://")[2].removeprefix("www.")


def _is_session(part: str) -> bool:
    name, _, value = part.partition("=")
    name = name.lower()
    if name in _SESSION_NAMES or name in _TRACKING or name.startswith("utm_"):
        return True
    return name in _WEAK_NAMES and bool(_WEAK_VALUE.match(value))


@lru_cache(maxsize=4096)
def host_of(url: str) -> str:
    """Returns the host name of an address, lower case and without port; "" where there is none."""
    if plain_origin(url):
        return url.partition("://")[2].partition("/")[0].partition(":")[0].rstrip(".")
    try:
        host: str = ada_url.URL(url).hostname
    except ValueError:
        return ""
    return host.rstrip(".")


def is_home_like(url: str) -> bool:
    """Returns whether an address by its form is a home page: the root, or index.html and its kin in the root."""
    path = url.partition("://")[2].partition("/")[2].partition("?")[0].partition("#")[0]
    if not path:
        return True
    return "/" not in path and path.partition(".")[0].lower() in _home_files()


@cache
def _home_files() -> frozenset[str]:
    return frozenset(load("verdicts")["home"]["files"])


def is_http(url: str) -> bool:
    """Returns whether the address is requested over HTTP or HTTPS."""
    return url[:8].lower().startswith(("http://", "https://"))


def extension(url: str) -> str:
    """Returns the file extension of the address' path in lower case, "" where there is none."""
    path = url.partition("#")[0].partition("?")[0]
    path = path.partition("://")[2].partition("/")[2] if "://" in path else path
    name = path.rpartition("/")[2]
    stem, dot, suffix = name.rpartition(".")
    return suffix.lower() if dot and stem and 0 < len(suffix) <= 5 and suffix.isalnum() else ""


@lru_cache(maxsize=4096)
def is_attachment(url: str) -> bool:
    """Returns whether the address names a file to download (doc, pdf, xls, zip, ...), by its path or a query value."""
    if extension(url) in _ATTACHMENTS:
        return True
    query = url.partition("#")[0].partition("?")[2]
    if query and any(extension("/" + unquote(part.partition("=")[2])) in _ATTACHMENTS for part in query.split("&")):
        return True
    return "down" in url.lower() and bool(_DOWNLOAD.search(url))  # as all such names


def is_image(url: str) -> bool:
    """Returns whether the address names an image by its extension."""
    return extension(url) in _IMAGES


@lru_cache(maxsize=4096)
def registrable(host: str) -> str:
    """Returns the registrable domain of a host (langao.gov.cn of www.langao.gov.cn), or the host itself."""
    if ":" in host or _IPV4.match(host):
        return host
    written = ".".join(map(_written, host.split("."))) if "xn--" in host else host
    own = _suffixes().privatesuffix(written) or ""
    if not own or written == host:
        return own or host
    return ".".join(host.lower().split(".")[-own.count(".") - 1 :])


def _written(label: str) -> str:
    """Returns a label of a host as people write it, where it is a name in punycode."""
    try:
        return label.encode("ascii").decode("idna")
    except UnicodeError:
        return label


@cache
def _suffixes() -> PublicSuffixList:
    # As they are written: to put all of them into punycode takes longer than to read them, and few hosts have any.
    return PublicSuffixList(accept_unknown=False, accept_encoded_idn=False, only_icann=True)


def twin(host: str) -> str:
    """Returns the host's www or non-www twin; an IP address or a one-label host has none ("")."""
    if ":" in host or "." not in host or _IPV4.match(host):
        return ""
    return host[4:] if host.startswith("www.") else f"www.{host}"


def site_hosts(portal: Portal) -> frozenset[str]:
    """Returns the hosts that are the portal: of its home page, that host's www twin, and those declared."""
    home = host_of(portal.home)
    hosts = {home, twin(home), *(host.lower().strip() for host in portal.hosts)}
    return frozenset(host for host in hosts if host)


def same_site(url: str, portal_hosts: AbstractSet[str]) -> bool:
    """Returns whether the address stands on one of the portal's hosts."""
    return host_of(url) in portal_hosts


@lru_cache(maxsize=4096)
def trap(url: str) -> str:
    """Returns why a crawler must not follow the address, "" where it may.

    Reasons: calendar, session, facet, print, mobile, traditional, aged, endless (a path that repeats itself or is too
    deep), long. Limits and patterns are in vocabulary/urls.toml. What changes something on the server is told by
    `portal.actions`.
    """
    if len(url) > _LIMITS["length"]:
        return "long"
    rest = url.partition("://")[2]
    slash = rest.find("/")
    target = rest[slash:] if slash >= 0 else "/"
    path, _, query = target.partition("?")
    if _endless(path):
        return "endless"
    if query.count("&") >= _LIMITS["parameters"]:
        return "facet"
    for reason, pattern in _TRAPS:
        if pattern.search(target):
            return reason
    return ""


def _endless(path: str) -> bool:
    segments = [segment for segment in path.split("/") if segment]
    if len(segments) > _LIMITS["depth"]:
        return True
    times = _LIMITS["repeats"]
    for size in range(1, 5):
        for start in range(len(segments) - size * times + 1):
            run = segments[start : start + size]
            if all(segments[start + size * n : start + size * (n + 1)] == run for n in range(1, times)):
                return True
    return False
