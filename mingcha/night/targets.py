"""targets.toml of a night under way: as it stands, and while it is wrong as it was when the night began."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from mingcha.errors import UsageError
from mingcha.printable import printable
from mingcha.setting import read_targets


def standing_by(path: Path, copy: Path) -> Callable[[], Path]:
    """Returns what says which file an audit that begins now is to read; `copy` is made of `path` at once.

    A mistake somebody makes in targets.toml at night would else leave every portal that is still to come unaudited.
    Where no copy can be made it is `path` in any case.
    """
    try:
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    except OSError:
        return lambda: path
    told: set[str] = set()

    def now() -> Path:
        try:
            read_targets(path)
        except UsageError as error:
            if str(error) not in told:
                told.add(str(error))
                print(printable(f"{error}；改正之前，本夜按开始时的内容核查（{copy}）"), file=sys.stderr, flush=True)
            return copy
        return path

    return now
