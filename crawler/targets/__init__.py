"""targets.toml -> `portal.model.Targets`. Strict: what is not understood is an error that says where and what to do."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from msgspec import Struct

from crawler.targets.notify import CHANNEL, NOTIFY, channel_of
from crawler.targets.values import (
    BadValueError,
    Reader,
    a_flag,
    a_host,
    a_host_table,
    a_list,
    a_network,
    a_number,
    a_path,
    a_text,
    a_url,
    a_whole_number,
    a_window,
    an_endpoint,
    an_id,
    meant,
    one_of,
)
from portal.model import (
    ColumnDeclaration,
    ColumnForm,
    ColumnKind,
    Names,
    Network,
    Office,
    Portal,
    SearchOverride,
    Targets,
)
from portal.notify import Channel, Notify
from portal.places import line_of
from portal.slips import slip
from portal.urls import absolute, host_of, twin


class TargetsError(Exception):
    """targets.toml cannot be used; the message is one sentence with file, line where known, key and what is wrong."""


_PORTAL: Mapping[str, Reader] = {
    "id": an_id,
    "name": a_text,
    "home": a_url,
    "hosts": a_list(a_host),
    "site_code": a_text,
    "level": a_text,
    "unit": a_text,
    "group": a_text,
    "systems": a_list(a_text),
    "exemptions": a_list(a_text),
    "rate": a_number(0.01, 100_000, "requests per second"),
    "concurrency": a_whole_number(1, 64),
    "max_pages": a_whole_number(1, 10_000_000),
    "max_minutes": a_number(0.01, 100_000, "minutes"),
    "max_requests": a_whole_number(1, 100_000_000),
    "census_nights": a_whole_number(1, 60),
    "window": a_window,
    "robots": one_of(("obey", "ignore")),
    "authorisation": a_text,
    "contact": a_text,
    "search_titles": a_whole_number(0, 100),
    "search_keywords": a_list(a_text),
    "probes_per_day": a_whole_number(20, 288),
    "probe_ipv6": a_flag,
    "allow_private": a_list(a_network),
}
_COLUMN: Mapping[str, Reader] = {
    "path": a_path,
    "url": a_text,
    "kind": one_of([kind.value for kind in ColumnKind]),
    "form": one_of([form.value for form in ColumnForm]),
    "limit_days": a_whole_number(1, 36_500),
    "owner": a_text,
    "exempt": a_text,
}
_SEARCH: Mapping[str, Reader] = {
    "entry": a_text,
    "box": a_text,
    "submit": a_text,
    "results": a_text,
    "page_size": a_whole_number(1, 1000),
}
_NAMES: Mapping[str, Reader] = {
    "nameservers": a_list(an_endpoint),
    "hosts": a_host_table,
}
_NETWORK: Mapping[str, Reader] = {
    **_NAMES,
    "allow_private": a_list(a_network),
    "sealed": a_flag,
}
_OFFICE: Mapping[str, Reader] = {
    "name": a_text,
    "code": a_text,
    "signer": a_text,
    "contact": a_text,
    "phone": a_text,
    "reply": a_text,
    "objection": a_text,
    "objection_days": a_whole_number(1, 60),
}
_NOT_DEFAULT = ("id", "home")
_TABLES: Mapping[str, Mapping[str, Reader]] = {"search": _SEARCH, "network": _NAMES}  # of a portal
_INNER = (*_TABLES, "column")
_TOP = ("defaults", "portal", "network", "office", "notify")


class _Source(Struct, frozen=True):
    path: str
    text: str

    def error(self, where: str, words: str, key: str = "", header: str = "", number: int = 0) -> TargetsError:
        line = line_of(self.text, key, header, number)
        place = f"{self.path}, line {line}" if line else self.path
        return TargetsError(f"{place}: {where}: {words}" if where else f"{place}: {words}")


def load_targets(path: Path | str) -> Targets:
    """Returns what a targets.toml says. Raises TargetsError with one clear sentence for anything not understood."""
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise TargetsError(f"{path}: there is no such file") from error
    except UnicodeDecodeError as error:
        raise TargetsError(f"{path}: is not UTF-8 (byte {error.start})") from error
    except OSError as error:
        raise TargetsError(f"{path}: cannot be read: {error.strerror or error}") from error
    return parse_targets(text, str(path))


def parse_targets(text: str, path: str = "targets.toml") -> Targets:
    """Returns what the text of a targets.toml says; `path` is only named in messages. Raises TargetsError."""
    source = _Source(path, text)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        hint = slip(text, str(error))
        raise TargetsError(f"{path}: is not TOML: {error}{f'; {hint}' if hint else ''}") from error
    for key in data:
        if key not in _TOP:
            raise source.error("", f"unknown key {key!r}{meant(key, _TOP)}", key)
    network = _network(source, _table(source, data.get("network", {}), "network"))
    office = Office(**_read(source, _table(source, data.get("office", {}), "office"), _OFFICE, "[office]", "office", 0))
    notify = _notify(source, _table(source, data.get("notify", {}), "notify"))
    defaults = _defaults(source, _table(source, data.get("defaults", {}), "defaults"))
    entries = data.get("portal", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise source.error("", "portals are written [[portal]], with two brackets", "portal")
    portals: list[Portal] = []
    for number, entry in enumerate(entries):
        portal = _portal(source, entry, defaults, number)
        if any(other.id == portal.id for other in portals):
            raise source.error(f"portal {portal.id!r}", "this id is used twice", "id", "portal", number)
        portals.append(portal)
    template = _build({"id": "", "home": "", **defaults}, ())
    return Targets(portals=tuple(portals), network=network, office=office, notify=notify, path=path, template=template)


def portal_for_url(url: str, targets: Targets | None = None) -> Portal:
    """Returns the portal an address means: the configured one with that host, else a new one from the defaults.

    The new portal's id is made of the host name and port. Raises TargetsError for what is no http or https address.
    """
    try:
        home = a_url(url)
    except BadValueError as bad:
        raise TargetsError(f"{url}: {bad}{_meant_url(url)}") from bad
    host = host_of(home)
    for portal in targets.portals if targets else ():
        if home == portal.home:
            return portal
    parts = urlsplit(home)
    for portal in targets.portals if targets else ():
        if parts.path in ("", "/") and not parts.query and urlsplit(portal.home).port == parts.port:
            own = host_of(portal.home)
            if host in (own, twin(own)):
                return portal
    name = f"{host}-{parts.port}" if parts.port else host
    portal_id = re.sub(r"[^a-z0-9-]+", "-", name.lower()).strip("-")[:64] or "portal"
    template = targets.template if targets and targets.template else Portal(id="", name="", home="")
    return replace(template, id=portal_id, name=template.name or host, home=home)


def _meant_url(text: str) -> str:
    """Returns "; did you mean ...?" for an address without its scheme or in full-width letters (http：//), else ""."""
    folded = "".join(unicodedata.normalize("NFKC", text).split())
    folded = folded if "://" in folded else f"http://{folded}"
    try:
        meant_url = a_url(folded)
    except BadValueError:
        return ""
    return f"; did you mean {folded}?" if "." in host_of(meant_url) else ""


def portal_by_id(targets: Targets, portal_id: str) -> Portal:
    """Returns the configured portal of that id. Raises TargetsError that names the nearest ones."""
    for portal in targets.portals:
        if portal.id == portal_id:
            return portal
    ids = [portal.id for portal in targets.portals]
    known = f"; known are {', '.join(ids[:10])}{' ...' if len(ids) > 10 else ''}" if ids else "; it holds no portals"
    raise TargetsError(f"{targets.path or 'targets'}: there is no portal {portal_id!r}{meant(portal_id, ids)}{known}")


def _network(source: _Source, table: Mapping[str, Any]) -> Network:
    return Network(**_read(source, table, _NETWORK, "[network]", "network", 0))


def _notify(source: _Source, table: Mapping[str, Any]) -> Notify:
    plain = {key: value for key, value in table.items() if key != "channel"}
    values = _read(source, plain, NOTIFY, "[notify]", "notify", 0, extra=("channel",))
    entries = table.get("channel", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise source.error("[notify]", "channels are written [[notify.channel]], with two brackets", "channel")
    channels: list[Channel] = []
    for number, entry in enumerate(entries):
        name = entry.get("id")
        where = f"channel {name!r}" if isinstance(name, str) else f"channel number {number + 1}"
        read = _read(source, entry, CHANNEL, where, "notify.channel", number)
        try:
            channel = channel_of(read)
        except BadValueError as bad:
            raise source.error(where, str(bad), str(bad).split()[0], "notify.channel", number) from bad
        if any(other.id == channel.id for other in channels):
            raise source.error(where, "this id is used twice", "id", "notify.channel", number)
        channels.append(channel)
    return Notify(channels=tuple(channels), **values)


def _defaults(source: _Source, table: Mapping[str, Any]) -> dict[str, Any]:
    for key in _NOT_DEFAULT:
        if key in table:
            raise source.error("[defaults]", f"{key} belongs to one portal and cannot be a default", key, "defaults")
    plain = {key: value for key, value in table.items() if key not in _INNER}
    values = _read(source, plain, _PORTAL, "[defaults]", "defaults", 0, extra=_INNER)
    for name, readers in _TABLES.items():
        if name in table:
            header = f"defaults.{name}"
            values[name] = _read(source, _table(source, table[name], header), readers, f"[{header}]", header, 0)
    if "column" in table:
        values["column"] = table["column"]
    _robots(source, values, "[defaults]", "defaults", 0)
    return values


def _portal(source: _Source, entry: Mapping[str, Any], defaults: Mapping[str, Any], number: int) -> Portal:
    name = entry.get("id") if isinstance(entry.get("id"), str) else None
    where = f"portal {name!r}" if name else f"portal number {number + 1}"
    plain = {key: value for key, value in entry.items() if key not in _INNER}
    own = _read(source, plain, _PORTAL, where, "portal", number, extra=_INNER)
    for key in ("id", "home"):
        if not own.get(key):
            raise source.error(where, f"{key} is missing", "", "portal", number)
    values: dict[str, Any] = {**defaults, **own}
    if "authorisation" in own and "robots" not in own:
        values.pop("robots", None)
    _robots(source, values, where, "portal", number)
    for name, readers in _TABLES.items():
        if name in entry:
            table = _table(source, entry[name], f"portal.{name}")
            said = _read(source, table, readers, f"{where}, {name}", "portal", number)
            values[name] = {**defaults.get(name, {}), **said}
    columns = _columns(source, entry.get("column", defaults.get("column", [])), own["home"], where, number)
    return _build(values, columns)


def _columns(source: _Source, entries: Any, home: str, where: str, number: int) -> tuple[ColumnDeclaration, ...]:
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise source.error(
            where, "columns are written [[portal.column]], with two brackets", "column", "portal", number
        )
    columns = []
    for index, entry in enumerate(entries):
        at = f"{where}, column {index + 1}"
        values = _read(source, entry, _COLUMN, at, "portal", number)
        for key in ("path", "url"):
            if not values.get(key):
                raise source.error(at, f"{key} is missing", "column", "portal", number)
        url = absolute("", urljoin(home, values["url"]))
        if not url.startswith(("http://", "https://")):
            raise source.error(at, f"url: is not an address: {values['url']!r}", "url", "portal", number)
        values["url"] = url
        if "kind" in values:
            values["kind"] = ColumnKind(values["kind"])
        if "form" in values:
            values["form"] = ColumnForm(values["form"])
        columns.append(ColumnDeclaration(**values))
    return tuple(columns)


def _robots(source: _Source, values: dict[str, Any], where: str, header: str, number: int) -> None:
    if values.get("robots") == "ignore" and not values.get("authorisation"):
        raise source.error(
            where,
            'robots = "ignore" needs authorisation = "..." with the number of the owner\'s written consent',
            "robots",
            header,
            number,
        )
    if values.get("authorisation") and "robots" not in values:
        values["robots"] = "ignore"


def _build(values: Mapping[str, Any], columns: tuple[ColumnDeclaration, ...]) -> Portal:
    known = {key: value for key, value in values.items() if key not in (*_INNER, "contact")}
    known.setdefault("name", host_of(known["home"]) if known["home"] else "")
    contact = values.get("contact")
    return Portal(
        **known,
        columns=columns,
        search=SearchOverride(**values.get("search", {})),
        network=Names(**values.get("network", {})),
        extra={"contact": contact} if contact else {},
    )


def _read(
    source: _Source,
    table: Mapping[str, Any],
    readers: Mapping[str, Reader],
    where: str,
    header: str,
    number: int,
    extra: Sequence[str] = (),
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, value in table.items():
        reader = readers.get(key)
        if reader is None:
            hint = meant(key, [*readers, *extra])
            raise source.error(where, f"unknown key {key!r}{hint}", key, header, number)
        try:
            values[key] = reader(value)
        except BadValueError as bad:
            raise source.error(where, f"{key} {bad}", key, header, number) from bad
    return values


def _table(source: _Source, value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise source.error("", f"[{name}] must be one table, with one pair of brackets", name.rpartition(".")[2])
    return value
