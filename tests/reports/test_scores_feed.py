"""scores.jsonl: the contract's keys, what is open stays null, and nothing personal leaves a page."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from checks.base import DrawMember
from indicators.case import Standing, Word
from indicators.library import library
from indicators.score import Score
from indicators.scoring import score
from mingcha.scoring.scores import case_of
from reports import feeds
from reports.masking import masked_scores
from reports.write import write_all
from storage.views import AuditView
from tests.reports import make
from tests.reports.make import lines
from tests.reports.scores import POINTED, SYSTEMS, case, defect, mark, national, redrawn, system

# Keys are only ever added, so these stay first and in this order.
HEAD = ("schema_version", "record", "portal", "audit", "as_of", "system", "system_version", "period")
CONTRACT = {
    "score": (
        *("system_title", "conclusion", "passed", "low", "high", "value", "points", "pass_at", "factor", "total"),
        *("bonus", "automatic", "by_people", "waiting", "measured_share", "decided_share", "vetoes", "counts", "notes"),
    ),
    "level": (
        *("id", "title", "titles", "stage", "points", "low", "high", "value"),
        *("automatic", "by_people", "waiting", "words", "mark"),
    ),
    "leaf": (
        *("id", "titles", "text", "stage", "decide", "scale", "status", "word", "stake", "lost", "earned", "measured"),
        *("words", "proposal", "charges", "draw", "evidence", "mark"),
    ),
    "remark": ("id", "text", "choices", "points", "mark"),
}
ORDER = ("score", "level", "leaf", "remark")
PERSONAL = "来信人：张三丰，电话13912345678"


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> AuditView:
    return make.view(tmp_path_factory.mktemp("scores-feed"))


@pytest.fixture(scope="module")
def six(view: AuditView) -> tuple[Score, ...]:
    return tuple(score(library().get(name), case_of(view, {}, "2026H2")) for name in SYSTEMS)


def records(*scores: Score) -> dict[str, dict[str, Any]]:
    """Returns the objects of one system by id; its own stands as "score"."""
    return {each.get("id", "score"): each for each in lines(feeds.scores_jsonl(scores))}


def test_every_record_has_every_key_of_the_contract_in_its_order(six: tuple[Score, ...]) -> None:
    seen = set()
    for each in lines(feeds.scores_jsonl(six)):
        keys = (*HEAD, *CONTRACT[each["record"]])
        assert tuple(each)[: len(keys)] == keys
        assert each["schema_version"] == 1 and each["portal"] == "yun" and each["as_of"] == "2026-11-18"
        seen.add(each["record"])
    assert seen == set(ORDER)


def test_systems_follow_each_other_whole_and_in_order(six: tuple[Score, ...]) -> None:
    objects = lines(feeds.scores_jsonl(six))
    assert list(dict.fromkeys(each["system"] for each in objects)) == list(SYSTEMS)
    for made in six:
        own = [each for each in objects if each["system"] == made.system.id]
        places = [ORDER.index(each["record"]) for each in own]
        assert places == sorted(places) and places.count(0) == 1
        assert [each["id"] for each in own if each["record"] == "leaf"] == [leaf.id for leaf in made.system.leaves]
        assert sum(each["record"] == "remark" for each in own) == len(made.system.remarks)
        pointed = {group.id for group in made.system.groups if group.points is not None}
        assert pointed <= {each["id"] for each in own if each["record"] == "level"}


def test_a_score_that_is_open_has_a_range_and_no_value(six: tuple[Score, ...]) -> None:
    made, own = six[0], records(six[0])["score"]
    assert (own["low"], own["high"], own["value"], own["points"]) == (made.low, made.high, None, 100.0)
    assert own["passed"] is None and own["pass_at"] == 60.0 and own["period"] == "2026H2"
    assert own["automatic"] + own["by_people"] + own["waiting"] == pytest.approx(100.0)
    assert own["measured_share"] == pytest.approx(made.measured_share, abs=1e-6) and own["measured_share"] > 0
    assert own["bonus"] == {"points": 30.0, "low": 0.0, "high": 30.0} and own["total"]["high"] <= 100
    assert "本体系条款文字为转述" in own["notes"][0]


def test_vetoes_are_told_apart(view: AuditView) -> None:
    own = records(national(view))["score"]["vetoes"]
    assert own["proposed"] == ["V.1.3"] and own["confirmed"] == [] and "V.1.1" in own["open"]
    assert "V.1.3" not in own["open"] and "V.4.1" not in own["proposed"]
    confirmed = records(national(view, {"V.1.3": mark("V.1.3", word=Word.CONFIRMED)}))
    assert confirmed["score"]["vetoes"]["confirmed"] == ["V.1.3"] and confirmed["score"]["vetoes"]["proposed"] == []
    assert confirmed["score"]["passed"] is False and confirmed["V.1.3"]["word"] == "confirmed"
    dismissed = records(national(view, {"V.1.3": mark("V.1.3", word=Word.DISMISSED)}))["score"]["vetoes"]
    assert not any("V.1.3" in found for found in dismissed.values())


def test_a_system_without_points_has_words_and_counts(six: tuple[Score, ...]) -> None:
    made = six[-1]
    found = records(made)
    own = found["score"]
    assert own["low"] is own["high"] is own["value"] is own["points"] is own["total"] is None
    assert sum(own["counts"].values()) == len(made.system.leaves)
    words = [each["word"] for each in found.values() if each["record"] == "leaf"]
    assert own["counts"]["not_met"] == words.count("not_met") > 0 and own["counts"]["open"] == words.count(None)


def test_a_leaf_tells_its_loss_its_charges_and_where_else_they_were_charged(view: AuditView) -> None:
    findings = [defect(1, level="home", evidence=("ab" * 32,)), defect(2, standing=Standing.SUSPECT, level="home")]
    found = records(score(system(), case(*findings)))
    first, second = found["1.1.1"], found["1.1.2"]
    assert (first["scale"], first["status"], first["stake"]) == ("scope", "range", 2.0)
    assert (
        first["lost"] == {"low": 1.0, "high": 2.0}
        and first["earned"] is None
        and first["titles"] == ["网站", "链接（4分）"]
    )
    assert first["charges"][0] == {
        "number": "yun-0001",
        "fingerprint": "key1",
        "amount": 1.0,
        "standing": "certain",
        "elsewhere": "",
    }
    assert first["charges"][1]["standing"] == "suspect" and first["charges"][1]["amount"] == 0.0
    assert first["evidence"] == [f"sha256:{'ab' * 32}"]
    assert {charge["elsewhere"] for charge in second["charges"]} == {"1.1.1"}
    level = found["1.1"]
    assert (level["points"], level["low"], level["high"], level["value"]) == (4.0, 1.0, 3.0, None)


def test_findings_of_a_score_are_those_of_the_findings_feed(view: AuditView, six: tuple[Score, ...]) -> None:
    known = {each["fingerprint"]: each["number"] for each in lines(feeds.findings_jsonl(view))}
    charges = [charge for each in lines(feeds.scores_jsonl(six)) for charge in each.get("charges", ())]
    assert charges and all(known[charge["fingerprint"]] == charge["number"] for charge in charges)


def test_what_a_person_decides_carries_the_proposal_and_the_mark() -> None:
    assisted = system(POINTED.replace('most = 2\ndecide = "auto"', 'most = 2\ndecide = "assisted"'))
    found = records(score(assisted, case(defect(1, level="home"))))
    waiting = found["1.1.1"]
    assert waiting["status"] == "person" and waiting["mark"] is None and waiting["lost"] == {"low": 0.0, "high": 2.0}
    assert waiting["proposal"]["lost"] == {"low": 1.0, "high": 1.0} and "确认1个" in waiting["proposal"]["words"]
    assert found["1.1.2"]["status"] == "decided" and found["1.1.2"]["proposal"] is None
    marks = {"1.1.1": mark("1.1.1", points=0.0, why="已整改")}
    marked = records(score(assisted, case(defect(1, level="home"), marks=marks)))["1.1.1"]
    assert marked["mark"] == {
        "points": 0.0,
        "word": None,
        "who": "张三",
        "at": "2026-11-19T09:30:00+08:00",
        "why": "已整改",
    }
    assert marked["status"] == "marked" and marked["lost"] == {"low": 0.0, "high": 0.0} and marked["proposal"]


def test_a_remark_is_null_until_somebody_says_it(view: AuditView) -> None:
    langao = library().get("langao-2023")
    found = records(score(langao, case_of(view, {"R2": mark("R2", points=1.0)}, "2026")))
    assert found["R1"]["points"] is None and found["R2"]["points"] == 1.0
    assert found["R1"]["choices"][0] == {"label": "被国家通报批评", "points": -3.0}
    assert found["R2"]["mark"]["who"] == "张三"


def test_a_draw_can_be_repeated(view: AuditView) -> None:
    drawn = records(redrawn(national(view), 甲="pass", 乙="fail"))["4.6.2"]["draw"]
    assert (drawn["name"], drawn["seed"], drawn["candidates"], drawn["size"]) == ("search_titles", "3f9a1c", 212, 4)
    assert [(one["title"], one["result"]) for one in drawn["members"]] == [("甲", "pass"), ("乙", "fail")]
    assert drawn["members"][0]["subject"] == "https://www.yunxi.example/甲.html"
    assert drawn["census"] == {"pass": 1, "fail": 1}


def private(view: AuditView) -> Score:
    """Returns a score with personal data in every text that comes from pages, and in an address."""
    made = redrawn(national(view), 甲="fail")
    hits = made.case.measured["search_hits"]
    name, drawn = next(iter(hits.draws.items()))
    facts = {"text": PERSONAL, "url": "https://x.example/13912345678"}
    members = (DrawMember("https://x.example/13912345678", PERSONAL, "fail", facts),)
    measured = dict(made.case.measured) | {
        "search_hits": replace(hits, draws={name: replace(drawn, members=members, rest=members)})
    }
    defects = tuple(replace(one, title=PERSONAL, message=PERSONAL) for one in made.case.defects)
    return score(made.system, replace(made.case, measured=measured, defects=defects))


def test_personal_data_is_masked_everywhere_and_addresses_stay(view: AuditView) -> None:
    made = private(view)
    (clean,) = masked_scores([made])
    assert "13912345678" in repr(made)
    left = repr(clean).replace("https://x.example/13912345678", "")
    assert "13912345678" not in left and "张三丰" not in left
    drawn = records(clean)["4.6.2"]["draw"]
    assert drawn["members"][0]["title"] == "来信人：张**，电话139****5678"
    assert drawn["members"][0]["subject"] == "https://x.example/13912345678"
    assert (clean.low, clean.high, clean.leaves.keys()) == (made.low, made.high, made.leaves.keys())
    assert PERSONAL in repr(made)  # the score that was given stays as it was


def test_scores_are_written_beside_the_other_feeds_masked_and_only_where_there_are_any(
    view: AuditView, tmp_path: Path
) -> None:
    bare = write_all(view, tmp_path / "bare", make.BYTES.__getitem__, make.METAS)
    assert bare.scores is None and not (tmp_path / "bare" / "scores.jsonl").exists()
    written = write_all(view, tmp_path / "out", make.BYTES.__getitem__, make.METAS, [private(view)])
    assert written.scores == tmp_path / "out" / "scores.jsonl"
    first = json.loads(written.scores.read_text().splitlines()[0])
    assert first["record"] == "score" and first["system_title"] == "政府网站与政务新媒体检查指标"
    for path in (written.scores, written.html):
        left = path.read_text().replace("https://x.example/13912345678", "")
        assert "13912345678" not in left and "张三丰" not in left
    assert "指标体系得分" in written.html.read_text()
