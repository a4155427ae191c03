"""Runs the command line and turns whatever goes wrong into one clear sentence and an exit code."""

from __future__ import annotations

import contextlib
import os
import signal
import sys

from typer import Abort
from typer._click.exceptions import ClickException, NoArgsIsHelpError

from mingcha.called import called, program
from mingcha.cli import (  # noqa: F401 - the verbs add themselves
    audits,
    digest,
    documents,
    evidence,
    exports,
    ledger,
    ledgersheets,
    probe,
    recheck,
    scores,
    trend,
    upkeep,
)
from mingcha.cli.root import app
from mingcha.errors import DONE, USAGE, MingchaError
from mingcha.garbage import collect_seldom

INTERRUPTED = 130  # exit code after Ctrl-C or SIGTERM, where nothing was left to conclude


def main() -> None:
    """Runs the command line; a MingchaError becomes one sentence on stderr and its exit code."""
    _stop_by_signals()
    collect_seldom()
    try:
        run()
    except MingchaError as error:
        from mingcha.wording import chinese  # late: only what goes wrong needs it

        print(f"mingcha: {called(chinese(str(error)))}", file=sys.stderr)
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, SystemExit) as end:
        # typer makes the one into the other.
        if isinstance(end, SystemExit) and end.code != INTERRUPTED:
            raise
        with contextlib.suppress(OSError):  # the terminal may be what ended
            print("mingcha: 已停止", file=sys.stderr)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(USAGE)


def run() -> None:
    """Runs the command line and ends; what it does not understand is told in one sentence, with where help is."""
    try:
        ended = app(prog_name=program(), standalone_mode=False)
    except NoArgsIsHelpError as error:
        error.show()
        sys.exit(error.exit_code)
    except ClickException as error:
        from mingcha.wording import chinese  # late: only what goes wrong needs it

        context = getattr(error, "ctx", None)
        where = context.command_path if context is not None else program()
        print(f"mingcha: {chinese(error.format_message())}\n用法见：{where} --help", file=sys.stderr)
        sys.exit(error.exit_code)
    except Abort:
        sys.exit(USAGE)
    sys.exit(ended if isinstance(ended, int) else DONE)


def _stop_by_signals() -> None:
    """SIGTERM, and the end of the terminal, stop whatever is done as Ctrl-C does."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:  # else nohup, or somebody who knows better
            signal.signal(number, lambda *_: signal.raise_signal(signal.SIGINT))
