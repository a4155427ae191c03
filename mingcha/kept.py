"""`python -m mingcha.kept VERB ...`: the command line for a parent that may be killed; ends when standard input does.

The parent keeps a pipe open and never writes into it. However it ends, the command stops as after Ctrl-C.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

from mingcha.cli import main


def _end_with_parent() -> None:
    while os.read(0, 64):
        pass
    os.kill(os.getpid(), signal.SIGINT)


if __name__ == "__main__":
    sys.argv[0] = str(Path(__file__).with_name("__main__.py"))  # what it prints to go on with is the plain command
    threading.Thread(target=_end_with_parent, daemon=True).start()
    main()
