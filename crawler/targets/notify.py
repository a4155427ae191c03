"""`[notify]` of targets.toml: which values a channel may have, and which of them go together."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import parseaddr
from typing import Any

from crawler.targets.values import (
    BadValueError,
    Reader,
    a_flag,
    a_list,
    a_number,
    a_text,
    a_url,
    a_whole_number,
    an_id,
    one_of,
)
from portal.notify import Channel, ChannelKind, Urgent

_NAME = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*$")


def an_environment_name(value: Any) -> str:
    """Returns the name of an environment variable."""
    text = a_text(value)
    if not _NAME.match(text):
        # Whatever stands there may be the secret itself: it is not repeated.
        raise BadValueError("must be the name of an environment variable, such as MINGCHA_SMTP_PASSWORD")
    return text


def a_mail_address(value: Any) -> str:
    """Returns a mail address, alone: no name before it."""
    text = a_text(value)
    if parseaddr(text)[1] != text or text.count("@") != 1 or not text.isprintable() or " " in text:
        raise BadValueError(f"must be a mail address such as office@example.gov.cn, not {text!r}")
    return text


NOTIFY: Mapping[str, Reader] = {"link": a_url}
CHANNEL: Mapping[str, Reader] = {
    "id": an_id,
    "kind": one_of([kind.value for kind in ChannelKind]),
    "units": a_list(a_text),
    "office": a_flag,
    "urgent": a_list(one_of([urgent.value for urgent in Urgent])),
    "base": a_url,
    "key_env": an_environment_name,
    "secret_env": an_environment_name,
    "host": a_text,
    "port": a_whole_number(1, 65535),
    "security": one_of(("starttls", "tls", "none")),
    "user": a_text,
    "password_env": an_environment_name,
    "sender": a_mail_address,
    "to": a_list(a_mail_address),
    "path": a_text,
    "ca": a_text,
    "per_minute": a_whole_number(1, 10_000),
    "timeout": a_number(1, 300, "seconds"),
}
_ALL = frozenset({"id", "kind", "units", "office", "urgent"})
_NET = frozenset({"ca", "per_minute", "timeout"})
_ROBOT = frozenset({"base", "key_env"}) | _NET
_KEYS: Mapping[ChannelKind, frozenset[str]] = {
    ChannelKind.MAIL: frozenset({"host", "port", "security", "user", "password_env", "sender", "to"}) | _NET,
    ChannelKind.WECOM: _ROBOT,
    ChannelKind.DINGTALK: _ROBOT | {"secret_env"},
    ChannelKind.FEISHU: _ROBOT | {"secret_env"},
    ChannelKind.FOLDER: frozenset({"path"}),
}
_NEEDED: Mapping[ChannelKind, tuple[str, ...]] = {
    ChannelKind.MAIL: ("host", "sender", "to"),
    ChannelKind.WECOM: ("key_env",),
    ChannelKind.DINGTALK: ("key_env",),
    ChannelKind.FEISHU: ("key_env",),
    ChannelKind.FOLDER: ("path",),
}


def channel_of(values: Mapping[str, Any]) -> Channel:
    """Returns the channel of values already read. Raises BadValueError with a sentence that begins with the key."""
    for key in ("id", "kind"):
        if not values.get(key):
            raise BadValueError(f"{key} is missing")
    kind = ChannelKind(values["kind"])
    for key in _NEEDED[kind]:
        if not values.get(key):
            raise BadValueError(f"{key} is missing: a {kind} channel needs {' and '.join(_NEEDED[kind])}")
    for key in values:
        if key not in _ALL | _KEYS[kind]:
            allowed = ", ".join(sorted(_KEYS[kind]))
            raise BadValueError(f"{key} means nothing for a {kind} channel; it has {allowed}")
    if bool(values.get("user")) != bool(values.get("password_env")):
        raise BadValueError("user and password_env belong together: give both, or neither")
    if values.get("user") and values.get("security") == "none":
        raise BadValueError('security = "none" would send the password in the clear: use starttls or tls')
    units = tuple(values.get("units", ()))
    if values.get("office") is False and not units and not values.get("urgent"):
        raise BadValueError("office = false without units: nothing would ever be sent there")
    urgent = tuple(Urgent(word) for word in values.get("urgent", ()))
    return Channel(**{"office": not units, **values, "kind": kind, "units": units, "urgent": urgent})
