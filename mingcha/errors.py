"""What can go wrong in a command, and the exit code each thing ends with.

MingchaError                 one sentence, exit code 1 unless said otherwise
  UsageError                 1: a word, file or key of the caller is wrong
  ImpossibleError            2: the audit cannot be made at all
"""

from __future__ import annotations

DONE = 0
USAGE = 1
IMPOSSIBLE = 2
DEGRADED = 3


class MingchaError(Exception):
    """Raised with one clear sentence for the user: which file, line or key, and what to do."""

    exit_code = USAGE


class UsageError(MingchaError):
    """Raised when a word, file or key of the caller is wrong."""


class ImpossibleError(MingchaError):
    """Raised when the audit cannot be made at all."""

    exit_code = IMPOSSIBLE
