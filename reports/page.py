"""How pages of ours are made from templates: everything escaped, nothing undefined left out in silence.

To compile a template takes 28 ms, a thirtieth of what an audit begins and ends with. So what it is compiled to lies
with what Python compiles our modules to: where it may be written, and for the very source, interpreter, Jinja
and settings only.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable
from hashlib import sha256
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2
from jinja2 import BytecodeCache, Environment, PackageLoader, StrictUndefined, Template
from jinja2.bccache import Bucket

_SETTINGS: dict[str, Any] = {
    "autoescape": True,
    "undefined": StrictUndefined,
    "trim_blocks": True,
    "lstrip_blocks": True,
    "optimized": False,  # nothing of a filter is worked out beforehand: it may be another one tomorrow
}


class Compiled(BytecodeCache):
    """What templates are compiled to, in a folder; the caller must trust whoever may write there as the code itself."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        made_by = sha256(f"{jinja2.__version__} {_SETTINGS}".encode()).hexdigest()[:8]
        self._ending = f"{sys.implementation.cache_tag}.{made_by}.jinja"

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fills the bucket where there is something for it; Jinja refuses what is of another source."""
        # What is not there, or damaged in whatever way, is made anew.
        with contextlib.suppress(Exception), self._path(bucket).open("rb") as file:
            bucket.load_bytecode(file)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keeps what is in the bucket, at once as a whole, where Python keeps modules and may write."""
        if sys.dont_write_bytecode:
            return
        path = self._path(bucket)
        new = path.with_name(f"{path.name}.{os.getpid()}")
        with contextlib.suppress(OSError):
            self._folder.mkdir(exist_ok=True)
            with new.open("wb") as file:
                bucket.write_bytecode(file)
            new.replace(path)
            return
        with contextlib.suppress(OSError):
            new.unlink()

    def _path(self, bucket: Bucket) -> Path:
        return self._folder / f"{bucket.key}.{self._ending}"


def template(name: str, **filters: Callable[..., Any]) -> Template:
    """Returns a template of `reports/templates`, with filters of its own."""
    folder = Path(str(resources.files("reports"))) / "__pycache__"  # who may write there may write our modules
    environment = Environment(loader=PackageLoader("reports"), bytecode_cache=Compiled(folder), **_SETTINGS)
    environment.filters.update(filters)
    return environment.get_template(name)
