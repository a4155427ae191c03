"""The portals of a jurisdiction side by side under one system: what a ranking is made from, and its file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from indicators.case import Word
from indicators.library import Library
from indicators.periods import period_of
from indicators.ranking import ranked
from indicators.score import Score
from mingcha.errors import UsageError
from mingcha.opening import opened
from mingcha.scoring.scores import Scored, earlier, newest_sound, score_portal, span_of
from mingcha.scoring.systems import Roster, chosen, systems_at_hand
from reports.ranking import Ranking, write_ranking
from reports.words import degraded
from reports.words import period as period_words
from storage.queries import last_day, portals


@dataclass(frozen=True, slots=True)
class Ranked:
    """A ranking and what it was made from, in the order of the ranking."""

    ranking: Ranking
    scored: tuple[Scored, ...]


def ranking_of(engine: Engine, roster: Roster, period: str, books: Library) -> Ranked:
    """Returns the ranking of portals under one system; touches no network.

    Ranked are the portals of targets.toml that are scored by the system; without the file every portal in the database.
    One of which nothing could be measured and nothing was decided by people has no place: it would stand between all
    others with the full range of points and no problem. Raises UsageError where there is none to rank.
    """
    if len(names := roster.named or roster.systems("")) != 1:
        raise UsageError(f"name the one system to rank by with --system: {', '.join(names)}")
    known = {one.id: one for one in portals(engine)}
    listed = [one.id for one in roster.portals.values() if names[0] in one.systems]
    wanted = listed if roster.portals else list(known)
    today = last_day(engine)
    system = chosen(books, names[0], today)
    if today is None or not wanted:
        raise UsageError(f"no portal can be ranked by {names[0]}: audit some first, or name it in targets.toml")
    label = period or period_of(today, system.scheme.period)
    within = span_of(label, system)
    found: dict[str, Scored] = {}
    last: dict[str, Score] = {}
    missing: list[tuple[str, str]] = []
    unreached: list[tuple[str, str]] = []
    for portal in wanted:
        if portal not in known or newest_sound(engine, portal, within) is None:
            missing.append((known[portal].name if portal in known else roster.portals[portal].name, "本期未核查"))
            continue
        exempt = roster.exemptions(portal)
        one = score_portal(engine, portal, names, books, exemptions=exempt, within=within)[0]
        if _nothing_known(one):
            unreached.append((known[portal].name, degraded(one.view) or "各检查项均未能判定"))
            continue
        found[portal] = one
        if (was := earlier(engine, found[portal], books, exempt)) is not None:
            last[portal] = was.score
    places = ranked([one.score for one in found.values()], last)
    ranking = Ranking(
        system,
        label,
        places,
        known,
        tuple(missing),
        tuple(unreached),
        "、".join(f"{period_words(one)}（{day}）" for one, day in sorted(_cases(last.values()))[:3]),
    )
    return Ranked(ranking, tuple(found[place.score.case.portal] for place in places))


def _cases(scores: Iterable[Score]) -> set[tuple[str, dt.date]]:
    return {(score.case.period, score.case.as_of) for score in scores}


def _nothing_known(one: Scored) -> bool:
    """Returns whether neither a check nor a person said anything of a portal: its home page did not open."""
    if any(result.outcome in ("pass", "fail", "suspect") for result in one.view.results):
        return False
    return not (one.score.decided_share or one.score.vetoes(Word.CONFIRMED))


def export_ranking(
    form: str,
    roster: Roster,
    *,
    period: str,
    out: Path | None,
    folder: Path | None,
    database: str,
) -> Path:
    """Writes the ranking of portals under one system and returns its path. Raises UsageError."""
    if form not in ("", "xlsx", "csv"):
        raise UsageError(f"cannot export a ranking as {form}: there are xlsx and csv")
    books = systems_at_hand(folder)
    with opened(database) as engine:
        ranking = ranking_of(engine, roster, period, books).ranking
        path = out or Path(f"ranking-{ranking.system.id}-{ranking.period}.{form or 'xlsx'}")
        as_csv = form == "csv" or (not form and path.suffix == ".csv")
        return write_ranking(ranking, path, made=dt.datetime.now(dt.UTC), as_csv=as_csv)
