"""`python -m mingcha.kept VERB ...`: the command line for a parent that may be killed; it ends with its parent.

The parent keeps a pipe open and never writes into it. However it ends, the command stops as after Ctrl-C.
"""

from __future__ import annotations

import sys
from pathlib import Path

from mingcha.cli import main
from mingcha.orphan import end_with_parent


def run(parent: int = 0) -> None:
    """Runs the command line of sys.argv; `parent` is the id of the parent where it is known."""
    sys.argv[0] = str(Path(__file__).with_name("__main__.py"))  # what it prints to go on with is the plain command
    end_with_parent(parent)
    main()


if __name__ == "__main__":
    run()
