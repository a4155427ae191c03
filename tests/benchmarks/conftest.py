"""A small made-up portal, made once and served once by each kind of server."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.plan import Plan, Ports, Site
from benchmarks.serve import Served, serve
from benchmarks.site import make
from benchmarks.traps import traps


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Returns a portal of 60 pages with every kind of fault."""
    return make(Plan(60, Ports.free(), raw_gbk=True), tmp_path_factory.mktemp("benchmarks") / "site")


@pytest.fixture(scope="session")
def plain(site: Site) -> Iterator[Served]:
    """Yields the portal as the plain Python server serves it."""
    with serve(site, plain=True) as served:
        yield served


@pytest.fixture(scope="session")
def swift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Yields another such portal, served so that what never answers refuses instead: nobody waits for a time-out."""
    made = make(Plan(60, Ports.free(), seed=8), tmp_path_factory.mktemp("benchmarks") / "swift")
    elsewhere = replace(made.plan.ports, silent=Ports.free().silent)
    with contextlib.ExitStack() as stack:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("benchmarks.serve.traps", lambda _: traps(elsewhere))
            served = stack.enter_context(serve(made, plain=True))
        yield served


@pytest.fixture
def workplace(tmp_path: Path) -> Path:
    """Returns a new folder for one run."""
    folder = tmp_path / "run"
    folder.mkdir()
    return folder
