"""Finds the checks: every public module of this package but the contract's own, validated once at start-up.

A module that breaks the contract stops the program with one sentence that names it: a check that is silently left out
would look like a portal without defects.
"""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from types import ModuleType

import checks
from checks.base import Kind, Meta, Run
from portal.records import RECORD_TYPES

CONTRACT_MODULES = frozenset({"base", "registry", "runner"})

# Fill-ins the runner offers to every message: see checks.runner.fill_ins.
COMMON_FILL_INS = frozenset({"subject", "title", "column", "level", "page", "page_level", "text", "count", "host"})

_SHOWS = frozenset({"text", "url", "date", "number", "share", "bool", "list", "shot"})


class RegistryError(Exception):
    """Raised at start-up when a check breaks the contract; the message names the check and what is wrong."""


@dataclass(frozen=True, slots=True)
class CheckModule:
    """One check as found: what it declares, the type of its parameters and its function."""

    META: Meta
    params: type
    run: Run


@cache
def all_checks() -> tuple[CheckModule, ...]:
    """Returns every check of the package in order of its id. Raises RegistryError when one breaks the contract."""
    return tuple(_checked(name, importlib.import_module(f"checks.{name}")) for name in _names())


def check(check_id: str) -> CheckModule:
    """Returns the check of that id. Raises KeyError naming the known ones."""
    for module in all_checks():
        if module.META.id == check_id:
            return module
    known = ", ".join(module.META.id for module in all_checks())
    raise KeyError(f"no check {check_id!r}; there are: {known}")


def _names() -> Iterator[str]:
    for module in sorted(pkgutil.iter_modules(checks.__path__), key=lambda m: m.name):
        if not module.name.startswith("_") and module.name not in CONTRACT_MODULES:
            yield module.name


def _checked(name: str, module: ModuleType) -> CheckModule:
    meta, params, run = (getattr(module, part, None) for part in ("META", "Params", "run"))
    if not isinstance(meta, Meta):
        raise RegistryError(f"checks/{name}.py declares no META (a helper's name begins with an underscore)")
    if not (isinstance(params, type) and dataclasses.is_dataclass(params)):
        raise RegistryError(f"checks/{name}.py declares no dataclass Params")
    if not callable(run):
        raise RegistryError(f"checks/{name}.py has no function run")
    if problems := tuple(meta_problems(meta, name)) + tuple(_params_problems(params)):
        raise RegistryError(f"checks/{name}.py: {'; '.join(problems)}")
    return CheckModule(meta, params, run)


def meta_problems(meta: Meta, name: str) -> Iterator[str]:
    """Yields what is wrong with a declaration, one English phrase each; nothing for a sound one."""
    if meta.id != name:
        yield f"its id {meta.id!r} is not its file name"
    if meta.version < 1:
        yield "its version is below 1"
    for part in ("title", "why", "subject"):
        if not getattr(meta, part).strip():
            yield f"{part} is blank"
    if not meta.clauses:
        yield "it serves no clause"
    if not meta.requires:
        yield "it requires nothing"
    for record_type in meta.requires:
        if record_type not in RECORD_TYPES:
            yield f"it requires the unknown record type {record_type!r}"
    if not meta.kinds:
        yield "it declares no finding kind"
    yield from (f"kind {twice!r} is declared twice" for twice in _twice(kind.id for kind in meta.kinds))
    for kind in meta.kinds:
        yield from _kind_problems(kind, frozenset(k.id for k in meta.kinds))
    for metric, meaning in meta.metrics.items():
        if not metric.isidentifier() or not meaning.strip():
            yield f"metric {metric!r} needs a name and a meaning"
    for draw, meaning in meta.draws.items():
        if not draw.isidentifier() or not meaning.strip():
            yield f"draw {draw!r} needs a name and a meaning"
    if not meta.sheet.name or not meta.sheet.columns:
        yield "its sheet has no name or no columns"
    yield from (f"sheet column {twice!r} is there twice" for twice in _twice(c.key for c in meta.sheet.columns))
    for column in meta.sheet.columns:
        if column.show not in _SHOWS:
            yield f"sheet column {column.key!r} is shown as {column.show!r}, which is unknown"
        if not column.header:
            yield f"sheet column {column.key!r} has no header"


def _kind_problems(kind: Kind, kinds: frozenset[str]) -> Iterator[str]:
    for part in ("title", "message", "remedy", "clause"):
        if not getattr(kind, part).strip():
            yield f"kind {kind.id!r} has no {part}"
    if kind.implied_by and kind.implied_by not in kinds - {kind.id}:
        yield f"kind {kind.id!r} is implied by the unknown kind {kind.implied_by!r}"
    if kind.group in kinds - {kind.id}:
        yield f"kind {kind.id!r} has a group named like another kind, {kind.group!r}"
    try:
        names = {field for _, field, _, _ in string.Formatter().parse(kind.message) if field is not None}
    except ValueError as error:
        yield f"kind {kind.id!r}: its message is no template ({error})"
        return
    for field in sorted(names - COMMON_FILL_INS - set(kind.facts)):
        yield f"kind {kind.id!r}: nothing fills {{{field}}} of its message"


def _params_problems(params: type) -> Iterator[str]:
    if not getattr(params, "__dataclass_params__").frozen:  # noqa: B009  # not declared in the stubs
        yield "Params is not frozen"
    for field in dataclasses.fields(params):
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            yield f"parameter {field.name!r} has no default"


def _twice(names: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            yield name
        seen.add(name)
