"""One trial: an audit is killed at events, started again until it is done, and compared with an undisturbed one."""

from __future__ import annotations

import asyncio
import io
import json
import random
import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mingcha.deep import verify
from portal.artifacts import LinkRecord, PageRecord
from portal.urls import normalise
from storage.bundle import Bundle
from tests.kill.audit import Audit, Server, children_of, gone, kill
from tests.kill.site import HOST

EVERYBODY, PARENT, CHILD = "all", "parent", "child"
HOME = f"http://{HOST}/"

# Keys that name the audit, say when it looked, or how long its longest search took: two undisturbed audits differ in
# them, too.
LEFT_OUT = frozenset({"audit", "first_seen", "last_seen", "seconds_max"})
# The number in the ledger and what is made of it: given in the order findings were first committed. Where only the
# child was killed, the parent committed what it had seen so far, and those findings have the smaller numbers.
NUMBERS = frozenset({"number", "rerun"})
_TIME = re.compile(
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([+-]\d{2}:\d{2}|Z)?|\d{1,2}月\d{1,2}日\d{1,2}时\d{1,2}分"
)


@dataclass(frozen=True, slots=True)
class Kill:
    """Who is killed, and when: at the n-th "request" the server sees, the n-th "line" on stderr, or the n-th "call"
    after a phase began within the process itself."""

    victim: str
    event: str
    number: int
    phase: str = ""

    def __str__(self) -> str:
        return f"{self.victim} at {self.event} {self.phase}{' ' if self.phase else ''}{self.number}"


@dataclass(frozen=True)
class Reference:
    """An undisturbed audit: what it found, and how often it asked for what."""

    code: int
    findings: list[dict[str, Any]]
    results: list[dict[str, Any]]
    asked: Mapping[str, int]  # address -> how often as a page or a link
    requests: int  # all the server saw
    lines: int  # on stderr
    calls: Mapping[str, int] = field(default_factory=dict)  # phase of the parent -> calls


@dataclass
class Outcome:
    """What became of one trial; `wrong` is empty when nothing was."""

    kills: list[Kill]
    done: int = 0  # kills that struck before the audit was over
    sittings: int = 0
    lost: int = 0  # requests made twice because the answer was not stored yet
    wrong: list[str] = field(default_factory=list)
    seconds: float = 0.0


async def undisturbed(folder: Path, server: Server, options: Sequence[str] = (), **keys: object) -> Reference:
    """Returns what an audit finds that nobody disturbs, and how many calls its parent makes in which phase."""
    audit = Audit(folder, server, keys=keys)
    audit.options = tuple(options) or audit.options
    server.begin()
    calls = folder / "calls.json"
    code, _, err = await audit.run(MINGCHA_CALLS=str(calls))
    return Reference(
        code,
        comparable(audit.out / "findings.jsonl"),
        comparable(audit.out / "results.jsonl"),
        pages_asked(audit.log()),
        len(server.asked),
        len(err.splitlines()),
        json.loads(calls.read_text("utf-8")),
    )


async def trial(
    folder: Path,
    server: Server,
    kills: Sequence[Kill],
    reference: Reference,
    options: Sequence[str] = (),
    **keys: object,
) -> Outcome:
    """Returns what became of an audit that was killed at every one of `kills`, and then left to end."""
    audit = Audit(folder, server, keys=keys)
    audit.options = tuple(options) or audit.options
    outcome, began = Outcome(list(kills)), time.monotonic()
    journal: list[tuple[frozenset[str], int]] = []  # after each kill: what was stored, how much was asked
    partly = False  # a part was committed before the whole
    for one in kills:
        if over(audit):
            break
        outcome.sittings += 1
        if await _strike(audit, one, outcome):
            outcome.done += 1
            partly = partly or one.victim == CHILD
        journal.append((stored(audit), len(audit.log())))
    if not over(audit):
        outcome.sittings += 1
        server.begin()
        code, _, err = await audit.run()
        if code != reference.code:
            outcome.wrong.append(f"ended with {code} instead of {reference.code}: {err[-300:]}")
    _compare(audit, reference, outcome, journal, partly=partly)
    report = io.StringIO()
    if verify(str(audit.folder / "mingcha-data" / "mingcha.sqlite"), out=report):
        outcome.wrong.append(f"doctor --deep: {report.getvalue()}")
    outcome.seconds = time.monotonic() - began
    return outcome


async def _strike(audit: Audit, one: Kill, outcome: Outcome) -> bool:
    """Runs one sitting and kills it. Returns whether the event came before the end."""
    processes: list[int] = []

    def strike(number: int) -> None:
        if number == one.number:
            children = children_of(process.pid)
            processes.extend([process.pid, *children])
            kill({EVERYBODY: processes, PARENT: [process.pid], CHILD: children[:1]}[one.victim])

    audit.server.begin(strike if one.event == "request" else None)
    environ = {"MINGCHA_KILL": f"{one.victim}:{one.phase}:{one.number}"} if one.event == "call" else {}
    process = await audit.start(**environ)
    assert process.stdout is not None and process.stderr is not None
    lines = 0
    async for _ in process.stderr:
        lines += 1
        if one.event == "line":
            strike(lines)
    await process.stdout.read()
    code = await process.wait()
    try:
        async with asyncio.timeout(60):
            await gone(processes)  # what was not killed ends by itself: the child without its parent, the browser
    except TimeoutError:
        outcome.wrong.append(f"{one}: still running afterwards")
        kill(processes)
    audit.server.begin()
    return bool(processes) or (one.event == "call" and (code == -9 or one.victim == CHILD))


def _compare(
    audit: Audit,
    reference: Reference,
    outcome: Outcome,
    journal: Sequence[tuple[frozenset[str], int]],
    *,
    partly: bool,
) -> None:
    out = NUMBERS if partly else frozenset()
    for name, expected in (("findings", reference.findings), ("results", reference.results)):
        path = audit.out / f"{name}.jsonl"
        outcome.wrong += differences(name, comparable(path) if path.exists() else [], expected, out)
    log = audit.log()
    asked = pages_asked(log)
    outcome.lost = sum(max(0, times - reference.asked.get(url, 0)) for url, times in asked.items())
    for place, (have, before) in enumerate(journal):
        after, later = pages_asked(log[before:]), len(journal) - place
        # Some are asked twice by rule: a column that failed at first, and pages others redirect to, once for each of
        # those in every sitting that asks for it. The home page itself is not asked for as a page, see `pages_asked`.
        again = sorted(url for url in have if after[url] > later * (reference.asked.get(url, 1) - (url != HOME)))
        if again:
            outcome.wrong.append(f"asked again after {len(again)} were stored: {again[:3]}")
    if left := [path.name for path in audit.out.rglob("*.part")]:
        outcome.wrong.append(f"half-written: {left[:3]}")


# what must be the same


def comparable(path: Path) -> list[dict[str, Any]]:
    """Returns the objects of a feed as they must be equal: without the audit's id and times, times within words
    blanked, and of evidence how much there is: its hash covers the answer's Date, or the clock on a picture."""
    lines = path.read_text("utf-8").splitlines()
    return [_plain(json.loads(line)) for line in lines]


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return _TIME.sub("<time>", value)
    if isinstance(value, dict):
        kept = {key: each for key, each in value.items() if key not in LEFT_OUT}
        return {key: len(each) if key == "evidence" else _plain(each) for key, each in kept.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value


def differences(
    name: str, found: list[dict[str, Any]], expected: list[dict[str, Any]], out: frozenset[str]
) -> list[str]:
    """Returns what differs, in words."""

    def by_key(objects: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
        kept = [{key: value for key, value in one.items() if key not in out} for one in objects]
        return {str(one.get("fingerprint") or one.get("check")): one for one in kept}

    one, other = by_key(found), by_key(expected)
    wrong = [f"{name}: missing {key} ({other[key].get('subject')})" for key in sorted(other.keys() - one.keys())]
    wrong += [f"{name}: only here {key} ({one[key].get('subject')})" for key in sorted(one.keys() - other.keys())]
    for key in sorted(one.keys() & other.keys()):
        wrong += [
            f"{name}: {part} of {other[key].get('subject') or key}: {one[key].get(part)!r} != {value!r}"
            for part, value in other[key].items()
            if one[key].get(part) != value
        ]
    if not wrong and not out and found != expected:
        wrong.append(f"{name}: in another order")
    return wrong


def pages_asked(log: Sequence[tuple[str, str]]) -> Counter[str]:
    """Returns how often each address was asked for as a page or a link: probes and the home page's are left out."""
    return Counter(normalise(url) for purpose, url in log if purpose in {"page", "link"})


def stored(audit: Audit) -> frozenset[str]:
    """Returns the addresses whose answers the bundle holds."""
    folder = audit.out / "bundle"
    if not (folder / "bundle.sqlite").exists():
        return frozenset()
    with Bundle.open(folder, write=False) as bundle:
        pages = {page.url for page in bundle.all(PageRecord)}
        return frozenset(pages | {link.url for link in bundle.all(LinkRecord) if link.attempts})


def over(audit: Audit) -> bool:
    """Returns whether the audit came to its end."""
    folder = audit.out / "bundle"
    if not (folder / "bundle.sqlite").exists():
        return False
    with Bundle.open(folder, write=False) as bundle:
        return "told" in bundle.stages()


# moments chosen by chance


def plan(number: int, reference: Reference, chance: random.Random) -> list[Kill]:
    """Returns the kills of the n-th trial: mostly everybody at some request, and in turn all the other ways."""
    first = _kill(number, reference, chance)
    if number % 4 != 3:
        return [first]
    # Again while it goes on: fewer requests are left then.
    return [first, Kill(EVERYBODY, "request", chance.randint(1, max(2, reference.requests // 2)))]


def _kill(number: int, reference: Reference, chance: random.Random) -> Kill:
    request = chance.randint(1, reference.requests)
    match number % 10:
        case 0:
            return Kill(EVERYBODY, "line", chance.randint(1, reference.lines))
        case 1 | 2:
            phase = chance.choice(sorted(reference.calls))
            return Kill(PARENT, "call", chance.randint(1, reference.calls[phase]), phase)
        case 3:
            return Kill(PARENT, "request", request)
        case 4:
            return Kill(CHILD, "request", request)
        case 5:
            phase, most = chance.choice([("flush", 4000), ("mark", 150), ("conclude", 20000), ("confirm", 20000)])
            return Kill(CHILD, "call", chance.randint(1, most), phase)
        case _:
            return Kill(EVERYBODY, "request", request)
