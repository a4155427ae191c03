"""Attacks by answers against the rules: an audit comes through, reaches nothing of this machine and accuses nobody."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from portal.artifacts import FetchOutcome
from tests.hostile.answers import PLACES, SCHEMES, bodies, heads, redirects
from tests.hostile.drive import Audited, audit, survived
from tests.hostile.site import HOME, HOST, NEIGHBOUR, HostileServer, bytes_only, links_to, neighbour, peaceful
from tests.security.traps import trap

pytestmark = pytest.mark.slow
INSIDE = "http://127.0.0.1:9/"  # only its names are needed here
NOWHERE = {
    FetchOutcome.PRIVATE, FetchOutcome.BAD_URL, FetchOutcome.DNS, FetchOutcome.DNS_UNKNOWN, FetchOutcome.SCHEME,
    FetchOutcome.NOT_FOUND,
}  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """The audit, and who came to the port of this machine that all attacks lead to."""

    audited: Audited
    met: list[str]


@pytest.fixture(scope="module")
async def attacked(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """The audit of a portal that links to every such answer."""
    return await answers(tmp_path_factory.mktemp("answers"))


async def answers(folder: Path) -> Outcome:
    """Audits a portal that links to every such answer."""
    async with trap() as inside:
        address = f"http://127.0.0.1:{inside.port}/"
        made = {f"/x/head/{name}.html": bytes_only(data) for name, (data, _) in heads(address).items()}
        made |= {f"/x/body/{name}.html": attack for name, attack in bodies(address).items()}
        made |= {f"/x/scheme/{name}.html": attack for name, attack in redirects(inside.port, SCHEMES).items()}
        made |= {f"/x/place/{name}.html": attack for name, attack in redirects(inside.port, PLACES).items()}
        pages = peaceful(links_to(*made))
        async with HostileServer(pages=pages, attacks=made) as server, HostileServer(pages=neighbour()) as other:
            hosts = {HOST: server.endpoint, NEIGHBOUR: other.endpoint}
            audited = await audit(folder, f"{HOME}/", hosts, max_minutes=3, concurrency=16)
        return Outcome(audited, inside.met)


def test_whatever_a_server_answers_everything_else_is_audited_as_ever(attacked: Outcome, peace: Audited) -> None:
    survived(attacked.audited, peace)
    assert attacked.audited.summary.stopped_by == ""
    assert "Traceback" not in attacked.audited.log


def test_no_answer_leads_to_this_machine(attacked: Outcome) -> None:
    assert attacked.met == []


@pytest.mark.parametrize("name", heads(INSIDE))
def test_an_odd_head_comes_to_what_a_browser_may_make_of_it(attacked: Outcome, name: str) -> None:
    assert attacked.audited.last(f"{HOME}/x/head/{name}.html").outcome in heads(INSIDE)[name][1]


@pytest.mark.parametrize("number", range(len(SCHEMES)))
def test_a_redirect_to_what_is_no_web_page_is_not_followed(attacked: Outcome, number: int) -> None:
    assert attacked.audited.last(f"{HOME}/x/scheme/to-{number}.html").outcome is FetchOutcome.SCHEME


@pytest.mark.parametrize("number", range(len(PLACES)))
def test_a_redirect_inwards_in_disguise_or_nowhere_ends_there(attacked: Outcome, number: int) -> None:
    assert attacked.audited.last(f"{HOME}/x/place/to-{number}.html").outcome in NOWHERE


@pytest.mark.parametrize("name", bodies(INSIDE))
def test_contents_made_to_harm_are_read_or_left(attacked: Outcome, name: str) -> None:
    assert attacked.audited.last(f"{HOME}/x/body/{name}.html").outcome is FetchOutcome.OK


def test_nobody_is_accused_for_certain(attacked: Outcome) -> None:
    assert {outcome for _, _, outcome in attacked.audited.accused()} <= {"suspect"}
