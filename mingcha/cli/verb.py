"""Verbs whose plain values never reach pydantic, which typer otherwise loads to check a string for being one.

It takes 55 ms of every command, and 9 MB of an audit for as long as that waits for its pages. What typer has more to
say about (numbers with bounds, lists, files nobody may read) still goes its way.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, get_type_hints

from typer.core import TyperCommand, TyperGroup

_TEXTS = (str, str | None)
_PATHS = (Path, Path | None)


class Verb(TyperCommand):
    """A verb of the command line."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Returns its options and arguments, `--help` among them."""
        return _lightened(super().get_params(ctx), self.callback)


class Verbs(TyperGroup):
    """Several verbs under one name."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Returns its options, `--help` among them."""
        return _lightened(super().get_params(ctx), self.callback)


def _lightened(params: list[Any], callback: Callable[..., Any] | None) -> list[Any]:
    hints = get_type_hints(callback) if callback else {}
    for param in params:
        if not isinstance(param.process_value, partial):
            param.process_value = partial(_value, param, hints.get(param.name), param.process_value)
    return params


def _value(param: Any, hint: Any, typer_s: Callable[[Any, Any], Any], ctx: Any, value: Any) -> Any:
    """Returns the value of one parameter of type `hint`: itself where it is plain, else what typer makes of it."""
    if param.required or param.multiple or param.nargs != 1:
        return typer_s(ctx, value)
    if hint in _PATHS and isinstance(value, str) and (os.access(value, os.R_OK) or not os.path.lexists(value)):
        value = Path(value)
    elif not (value is None or value is param.default or (hint in _TEXTS and isinstance(value, str))):
        return typer_s(ctx, value)
    return param.callback(ctx, param, value) if param.callback is not None else value
