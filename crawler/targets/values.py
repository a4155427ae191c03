"""How single values of targets.toml are read: a reader returns the value, or raises BadValueError with words for it."""

from __future__ import annotations

import difflib
import ipaddress
import re
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

from crawler.net.guard import literal, split_endpoint
from portal.urls import absolute, host_of

_WINDOW = re.compile(r"^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$")
_HOST = re.compile(r"^(?=.{1,253}$)[^\s/:@?#\[\]]+$")
_ID = re.compile(r"^[a-z0-9][a-z0-9._-]{0,63}$")


class BadValueError(Exception):
    """A value is not acceptable; carries the words after "key: "."""


Reader = Callable[[Any], Any]


def a_text(value: Any) -> str:
    """Returns the text without white space around it."""
    if not isinstance(value, str):
        raise BadValueError(f"must be a text in quotes, not {value!r}")
    return value.strip()


def a_flag(value: Any) -> bool:
    """Returns true or false."""
    if not isinstance(value, bool):
        raise BadValueError(f"must be true or false, not {value!r}")
    return value


def a_number(least: float, most: float, unit: str) -> Reader:
    """Returns a reader of numbers within bounds, both included; `unit` names them in messages."""

    def read(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise BadValueError(f"must be a number of {unit} from {least:g} to {most:g}, not {value!r}")
        return float(value)

    return read


def a_whole_number(least: int, most: int) -> Reader:
    """Returns a reader of whole numbers within bounds, both included."""

    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise BadValueError(f"must be a whole number from {least} to {most}, not {value!r}")
        return value

    return read


def a_list(each: Reader) -> Reader:
    """Returns a reader of lists whose members `each` reads."""

    def read(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise BadValueError(f"must be a list in square brackets, not {value!r}")
        return tuple(each(item) for item in value)

    return read


def one_of(options: Sequence[str]) -> Reader:
    """Returns a reader of a closed set of words."""

    def read(value: Any) -> str:
        text = a_text(value)
        if text not in options:
            raise BadValueError(f"must be one of {', '.join(options)}, not {text!r}{meant(text, options)}")
        return text

    return read


def a_url(value: Any) -> str:
    """Returns an absolute http or https address as a browser would request it."""
    text = a_text(value)
    scheme = urlsplit(text).scheme.lower() if "://" in text else ""
    if not scheme:
        raise BadValueError(f"needs a whole address beginning with http:// or https://, not {text!r}")
    if scheme not in ("http", "https"):
        raise BadValueError(f"must begin with http:// or https://, not {scheme}://")
    url = absolute("", text)
    if not url or not host_of(url):
        raise BadValueError(f"is not an address a browser could open: {text!r}")
    return url


def a_host(value: Any) -> str:
    """Returns a host name as a browser spells it."""
    text = a_text(value).lower().rstrip(".")
    host = host_of(f"http://{text}/") if _HOST.match(text) else ""  # as a browser spells it: 县.中国 is xn--...
    if not host:
        raise BadValueError(f"must be a bare host name such as www.example.gov.cn, not {text!r}")
    return host


def an_id(value: Any) -> str:
    """Returns a portal id."""
    text = a_text(value)
    if not _ID.match(text):
        raise BadValueError(f"may hold a-z, 0-9, dot, dash and underscore only and at most 64 of them, not {text!r}")
    return text


def a_window(value: Any) -> str:
    """Returns hours of the day such as 22:00-06:00, or ""."""
    text = a_text(value)
    if text and not _WINDOW.match(text):
        raise BadValueError(f'must be hours such as "22:00-06:00", not {text!r}')
    if text and text[:5] == text[6:]:
        raise BadValueError(f"begins and ends at the same time: {text!r}")
    return text


def a_network(value: Any) -> str:
    """Returns a network in CIDR form."""
    text = a_text(value)
    try:
        return str(ipaddress.ip_network(text))
    except ValueError as error:
        raise BadValueError(f"is not a network such as 10.0.0.0/8: {error}") from error


def an_endpoint(value: Any) -> str:
    """Returns an address, with or without a port, as written."""
    text = a_text(value)
    try:
        split_endpoint(text)
    except ValueError as error:
        raise BadValueError(
            f'must be an address, with or without a port ("192.0.2.1", "[2001:db8::1]:53"): {error}'
        ) from error
    return text


def a_path(value: Any) -> tuple[str, ...]:
    """Returns the steps of a column path, written with > or as a list."""
    parts = value if isinstance(value, list) else re.split(r"\s*[>＞]\s*", a_text(value))
    names = tuple(a_text(part) for part in parts)
    if not all(names):
        raise BadValueError(f"has an empty step: {value!r}")
    return names


def a_host_table(value: Any) -> dict[str, tuple[str, ...]]:
    """Returns host names with the endpoints given for them."""
    if not isinstance(value, dict):
        raise BadValueError("must be a table of host names with their addresses")
    table = {}
    for name, addresses in value.items():
        given = [addresses] if isinstance(addresses, str) else addresses
        host = name.strip("[]") if literal(name) else a_host(name)
        table[host] = a_list(an_endpoint)(given)
        if not table[host]:
            raise BadValueError(f"{name} has no address")
    return table


def meant(word: str, options: Sequence[str]) -> str:
    """Returns "; did you mean ...?" where one of the options looks like the word, else ""."""
    near = difflib.get_close_matches(word, options, n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else ""
