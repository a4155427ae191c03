"""The command line: verbs, their options, and one clear sentence for whatever goes wrong.

Help is English, what is found is Chinese. Heavy imports happen inside the verbs. Exit codes: 0 audit done, 1 usage or
configuration, 2 audit not possible, 3 done but degraded. Each file holds the verbs of one subject, added to `app`.
"""

from mingcha.cli.program import main
from mingcha.cli.root import app

__all__ = ["app", "main"]
