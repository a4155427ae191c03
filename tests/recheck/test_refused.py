"""A re-check whose results database refuses is one sentence, and changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from mingcha.errors import ImpossibleError
from mingcha.rechecks.orders import How
from mingcha.rechecks.recheck import look_up
from mingcha.rechecks.sitting import sit
from tests.recheck.owed import HOSTS, audit, fill, finding, options
from tests.recheck.site import running, write_targets


async def test_a_database_that_refuses_is_one_sentence_and_changes_nothing(tmp_path: Path) -> None:
    with running() as site:
        fill(site, HOSTS["one"])
        write_targets(tmp_path, site, {"one": HOSTS["one"]})
        ran = await audit(tmp_path, "one")
        assert ran.code == 0, ran.err + ran.out
        before = finding(tmp_path)
        (wanted,) = look_up([before.number], options(tmp_path).database)
        broken = tmp_path / "broken.sqlite"
        broken.write_text("no database", "utf-8")
        site.asked.clear()
        with pytest.raises(ImpossibleError, match="Nothing was changed"):
            sit(wanted, tmp_path / "sitting", How(wanted.audit.as_of, browser=False), str(broken))
        assert site.asked == [] and finding(tmp_path) == before
