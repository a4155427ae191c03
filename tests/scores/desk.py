"""The verbs about systems and scores, run as the installed command over audits that were made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.app.run import Ran, mingcha
from tests.scores.scored import COUNTY_TEXT

LEAVES = {
    "changchun-xinqu": 71,
    "langao-2023": 83,
    "langfang-2023": 64,
    "national-2019": 89,
    "siping-2022": 85,
    "wuwei-2020": 93,
}
HOST = "www.one.gov.cn"


@dataclass
class Desk:
    """A folder with audits that were made, and the command run in it."""

    folder: Path
    database: Path
    systems: Path

    async def run(self, *words: str) -> Ran:
        return await mingcha(*words, "--db", str(self.database), "--systems", str(self.systems), cwd=self.folder)


def one_sentence(ran: Ran, *says: str) -> bool:
    """Returns whether a command ended with 1 and one sentence that says so, and nothing else."""
    told = ran.err.startswith("mingcha: ") and ran.err.count("\n") == 1 and all(words in ran.err for words in says)
    return (ran.code, ran.out, told) == (1, "", True)


def line_with(text: str, words: str, after: str = "") -> int:
    """Returns the number of the first line with those words, after another one."""
    start = text.index(after)
    return text[: text.index(words, start)].count("\n") + 1


BROKEN = COUNTY_TEXT.replace('draw = "search_titles"', 'draw = "titles"')
