"""Notices and the forecast: who is told what, under which number, once; and what the ledger then knows."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import docx
import pytest
from sqlalchemy import Engine

from checks.base import CheckResult, Outcome, Severity
from mingcha.cli import program  # noqa: F401 - all verbs
from mingcha.cli.root import app
from mingcha.documents.forecast import Due, annual, forecast
from mingcha.documents.forecasting import export_notices
from mingcha.documents.notices import Made, Setting, make
from mingcha.errors import UsageError
from portal.model import ColumnDeclaration, Office
from portal.zone import CHINA
from reports.document.as_docx import render_docx
from reports.document.as_html import render_html
from reports.document.model import Annex, Document, Form, Table
from reports.figures import Figures
from reports.notices import Item, Notice, letters, notice_document, notice_of
from storage.commit import commit_audit
from storage.database import open_database
from storage.ledger.book import Handing, entry, hand_out
from storage.ledger.excuses import Excuse, Scope, excuse
from storage.ledger.states import Deed, Stage, Step
from storage.notices import Draft, Numbering, OvertakenError, Tone, Topic, issue, issued
from storage.views import PortalView
from tests.app.run import mingcha
from tests.reports.make import picture
from tests.steps import claim, record
from tests.storage.make import PORTAL, audit, finding, metas, result

A, B, C = (f"https://www.yun.example/{name}" for name in "abc")
FIRST = finding(A, severity=Severity.VETO, column="首页>政务公开>通知公告", clause="《指标》可用性：首页链接。")
SECOND = finding(B, column="首页>新闻", clause="《指标》可用性：其他链接。")
THIRD = finding(C, column="首页>新闻")
OWNED = replace(
    PORTAL,
    columns=(ColumnDeclaration(("政务公开", "通知公告"), "https://www.yun.example/tz/", owner="办公室秘书科"),),
)
OFFICE = Office(name="云县人民政府办公室", code="云政网", contact="张三", phone="0900-1234567")


def at(day: int, hour: int = 10, month: int = 3) -> dt.datetime:
    """Returns a time of 2026 in Asia/Shanghai; 2 March is a Monday."""
    return dt.datetime(2026, month, day, hour, tzinfo=CHINA)


@pytest.fixture
def engine(place: str) -> Iterator[Engine]:
    engine = open_database(place)
    commit_audit(engine, audit(1, portal=OWNED), [result(FIRST, SECOND)], metas=metas)
    yield engine
    engine.dispose()


def made(engine: Engine, tone: Tone, when: dt.datetime, who: str = "李四", unit: str = "", days: int = 7) -> Made:
    return make(engine, tone, None, unit, days, Setting(OFFICE, when, who))


def text(document: Document) -> str:
    lines = [document.title, document.number, document.mark]
    for block in document.blocks:
        if isinstance(block, (Form, Table)):
            lines += ["|".join(row) for row in block.rows]
        elif hasattr(block, "text"):
            lines.append(block.text)
    return "\n".join(lines)


def document(notice: Notice) -> Document:
    return notice_document(notice, Figures(lambda digest: {"f" * 64: picture()}[digest]))


def test_a_draft_keeps_nothing(engine: Engine) -> None:
    drafted = made(engine, Tone.ORDER, at(2), who="")
    assert (drafted.drafts, drafted.new, {one.number for one in drafted.notices}) == (True, 2, {""})
    assert "草稿" in document(drafted.notices[0]).mark
    assert issued(engine) == ()
    assert entry(engine, FIRST.fingerprint, at(2)).state is Stage.UNVERIFIED
    (veto,) = next(one for one in drafted.notices if one.unit == "办公室秘书科").items
    assert veto.due == at(4, 18)  # the deadline it would get: two working days


def test_one_notice_a_unit_hands_its_findings_out(engine: Engine) -> None:
    done = made(engine, Tone.ORDER, at(2))
    told = {one.unit: (one.number, [item.number for item in one.items]) for one in done.notices}
    assert told == {
        "云县政府办": ("云政网整〔2026〕1号", ["yun-0002"]),
        "办公室秘书科": ("云政网整〔2026〕2号", ["yun-0001"]),
    }
    known = entry(engine, FIRST.fingerprint, at(2, 12))
    assert (known.state, known.unit, known.issuer, known.deadline) == (
        Stage.HANDED_OUT,
        "办公室秘书科",
        OFFICE.name,
        at(4, 18),
    )
    assert known.history[-1].why == "印发云政网整〔2026〕2号"
    assert done.notices[1].items[0].due == at(4, 18)
    assert [one.number for one in issued(engine, [FIRST.fingerprint])] == ["云政网整〔2026〕2号"]


def test_again_is_a_reprint_word_for_word_and_what_is_new_is_a_notice_of_its_own(engine: Engine) -> None:
    first = made(engine, Tone.ORDER, at(2)).notices
    reworded = replace(SECOND, message="措辞变了")
    commit_audit(engine, audit(3, portal=OWNED), [result(FIRST, reworded, THIRD)], metas=metas)
    second = made(engine, Tone.ORDER, at(3), who="王五")
    assert (second.new, [item.number for item in second.notices[0].items]) == (1, ["yun-0003"])
    assert second.notices[0].number == "云政网整〔2026〕3号"
    assert sorted(second.notices[1:], key=lambda one: one.number) == list(first)
    third = made(engine, Tone.ORDER, at(3, 11))
    assert (third.new, len(third.notices)) == (0, 3)
    assert len(issued(engine)) == 3


def test_what_is_overdue_is_pressed_for_and_cites_the_notice_before(engine: Engine) -> None:
    made(engine, Tone.ORDER, at(2))
    assert made(engine, Tone.PRESS, at(4, 17)).notices == ()
    pressed = made(engine, Tone.PRESS, at(5))
    (one,) = pressed.notices
    assert (one.number, one.unit) == ("云政网督〔2026〕1号", "办公室秘书科")
    assert (one.items[0].why, one.items[0].earlier) == ("逾期未整改", "云政网整〔2026〕2号")
    assert one.items[0].due == at(9, 18)
    assert "逾期未整改\n云政网整〔2026〕2号" in text(document(one))
    assert not entry(engine, FIRST.fingerprint, at(6)).overdue
    again = made(engine, Tone.PRESS, at(6))
    assert (again.new, again.notices) == (0, (one,))
    late = made(engine, Tone.PRESS, at(10))
    assert {item.earlier for found in late.notices for item in found.items} == {
        "云政网督〔2026〕1号",
        "云政网整〔2026〕1号",
    }


def test_what_comes_back_is_pressed_for_where_a_notice_spoke_of_it(engine: Engine) -> None:
    made(engine, Tone.ORDER, at(2))
    commit_audit(engine, audit(3, portal=OWNED), [result(passed=(A, B))], metas=metas)
    assert made(engine, Tone.ORDER, at(3)).notices == ()
    commit_audit(engine, audit(4, portal=OWNED), [result(FIRST)], metas=metas)
    assert made(engine, Tone.ORDER, at(4)).notices == ()
    (one,) = made(engine, Tone.PRESS, at(4)).notices
    assert (one.items[0].why, one.items[0].earlier) == ("整改后反弹", "云政网整〔2026〕2号")
    assert entry(engine, FIRST.fingerprint, at(4, 12)).state is Stage.HANDED_OUT


def test_who_waits_for_somebody_else_is_not_written_to(engine: Engine) -> None:
    doubted = finding(C, Outcome.SUSPECT)
    commit_audit(engine, audit(2, portal=OWNED), [result(FIRST, SECOND, doubted)], metas=metas)
    claim(engine, FIRST.fingerprint, text="已修复", who="办公室秘书科", at=at(2, 11))
    record(engine, SECOND.fingerprint, Step(Deed.OBJECT, "县政府办", at(2, 11), "不是问题", {"reason": "misread"}))
    assert made(engine, Tone.ORDER, at(3)).notices == ()
    record(engine, SECOND.fingerprint, Step(Deed.REMOVE, "李四", at(3, 11), "异议成立"))
    assert made(engine, Tone.ORDER, at(3, 12)).notices == ()


def test_what_was_handed_out_by_hand_keeps_its_deadline(engine: Engine) -> None:
    hand_out(engine, [FIRST.fingerprint], Handing("李四", at(2), "县水利局", deadline=at(20)))
    one = next(one for one in made(engine, Tone.ORDER, at(3)).notices if one.unit == "县水利局")
    assert one.items[0].due == at(20)
    known = entry(engine, FIRST.fingerprint, at(3, 12))
    assert (known.handed_out, known.deadline) == (at(2), at(20))
    assert made(engine, Tone.ORDER, at(4)).new == 0


def test_another_unit_is_told_and_keeps_the_deadline(engine: Engine) -> None:
    made(engine, Tone.ORDER, at(2))
    record(engine, FIRST.fingerprint, Step(Deed.UNIT, "李四", at(2, 12), "", {"unit": "县水利局"}))
    done = made(engine, Tone.ORDER, at(3))
    assert [(one.unit, one.items[0].earlier, one.items[0].due) for one in done.notices[: done.new]] == [
        ("县水利局", "云政网整〔2026〕2号", at(4, 18))
    ]
    assert entry(engine, FIRST.fingerprint, at(3, 12)).handed_out == at(2)
    assert made(engine, Tone.ORDER, at(3, 13)).new == 0


def test_drafts_of_units_that_look_alike_are_files_of_their_own(engine: Engine, place: str, tmp_path: Path) -> None:
    record(engine, FIRST.fingerprint, Step(Deed.UNIT, "李四", at(2), "", {"unit": "县水利局/办公室"}))
    record(engine, SECOND.fingerprint, Step(Deed.UNIT, "李四", at(2), "", {"unit": "县水利局 办公室"}))
    written = export_notices(
        Tone.ORDER, "docx", "", "", 7, "", out=tmp_path / "out", targets=None, database=place, now=at(2)
    )
    assert len({path.name for path in written.paths if path.is_file()}) == 2


def test_only_the_unit_asked_for(engine: Engine) -> None:
    done = made(engine, Tone.ORDER, at(2), unit="办公室秘书科")
    assert [one.unit for one in done.notices] == ["办公室秘书科"]
    assert entry(engine, SECOND.fingerprint, at(2, 11)).handed_out is None


def test_numbers_begin_anew_every_year_and_each_tone_counts_by_itself(engine: Engine) -> None:
    def one(tone: Tone, when: dt.datetime, subject: str) -> str:
        draft = Draft(tone, "县水利局", (Topic(subject),), (), lambda number, _: {"number": number})
        return issue(engine, [draft], Numbering("云政网", letters()), who="李四", at=when)[0].number

    assert one(Tone.TIP, at(31, 23, month=12), "1") == "云政网提〔2026〕1号"
    assert one(Tone.TIP, at(31, 23, month=12), "2") == "云政网提〔2026〕2号"
    assert one(Tone.ORDER, at(31, 23, month=12), "3") == "云政网整〔2026〕1号"
    # The year is that of Asia/Shanghai: in UTC it is still 2026.
    assert one(Tone.TIP, dt.datetime(2026, 12, 31, 16, 30, tzinfo=dt.UTC), "4") == "云政网提〔2027〕1号"


def test_of_two_at_once_the_second_is_told_and_nothing_is_doubled(engine: Engine) -> None:
    topic = Topic(FIRST.fingerprint, FIRST.fingerprint)
    draft = Draft(Tone.ORDER, "县水利局", (topic,), (FIRST.fingerprint,), lambda number, _: {"number": number})
    numbering = Numbering("", letters())
    assert issue(engine, [draft], numbering, who="李四", at=at(2))[0].number == "整〔2026〕1号"
    fresh = Draft(Tone.ORDER, "县财政局", (Topic("new"),), (), lambda number, _: {"number": number})
    with pytest.raises(OvertakenError, match="请重新运行"):
        issue(engine, [fresh, draft], numbering, who="王五", at=at(2, 11))
    assert [one.number for one in issued(engine)] == ["整〔2026〕1号"]


def test_a_year_the_calendar_does_not_know_is_said(engine: Engine) -> None:
    one = made(engine, Tone.ORDER, dt.datetime(2090, 3, 2, 10, tzinfo=CHINA)).notices[0]
    assert one.items[0].due is None
    assert "2090年节假日安排未知" in one.items[0].note
    assert "2090年节假日安排未知" in one.objection_until
    assert "2090年节假日安排未知" in text(document(one))


# what a document says


def notice(tone: Tone, *items: Item, unit: str = "县水利局", office: Office = OFFICE) -> Notice:
    return Notice(tone, "云政网整〔2026〕7号", unit, ("云县人民政府",), items, at(2), "李四", office, "2026年3月9日")


ITEM = Item(
    number="yun-0001",
    site="云县人民政府",
    what="链接打不开",
    url=A,
    page=B,
    basis="《指标》可用性：首页。",
    remedy="修复",
    due=at(4, 18),
)


def test_a_notice_says_all_it_must() -> None:
    whole = text(document(notice(Tone.ORDER, replace_item(shots=("0" * 64, "f" * 64)))))
    for words in (
        "政府网站问题整改通知书",
        "云政网整〔2026〕7号",
        "被通知单位|县水利局",
        "网站|云县人民政府",
        "检查依据|《指标》可用性：首页。",
        "yun-0001|链接打不开\n要求：修复",
        f"所在页面：{B}",
        "|图1",
        "时限|2026年3月4日18时前",
        "反馈方式|",
        "截止：2026年3月9日",
        "复查安排|",
        "签发人|",
        "联系人及电话|张三  0900-1234567",
        "总体整改情况|",
        "责任人（签字）|",
    ):
        assert words in whole, words


def replace_item(**values: object) -> Item:
    kept = {name: getattr(ITEM, name) for name in ITEM.__struct_fields__}
    return Item(**{**kept, **values})


def test_of_several_clauses_each_document_is_named_once() -> None:
    source = "《指标》（1号）"
    bases = (
        f"{source}扣分指标“可用性”：首页。",
        f"{source}扣分指标“可用性”：其他。",
        f"{source}单项否决：…",
        "本地标准：…",
    )
    whole = text(document(notice(Tone.ORDER, *(replace_item(basis=basis) for basis in bases))))
    assert "检查依据|《指标》（1号）：扣分指标“可用性”；单项否决\n本地标准\n" in whole


def test_a_tip_accuses_nobody_and_wants_no_answer() -> None:
    whole = text(document(notice(Tone.TIP, ITEM)))
    assert "不作为问题通报" in whole
    for words in ("回执", "异议", "签发人"):
        assert words not in whole


def test_a_long_hostile_list_stays_a_document() -> None:
    bad = "=1+1<script>alert(1)</script>\x00\u202e{{7*7}}"
    items = [
        replace_item(number=f"yun-{n:04d}", what=bad * 40, url=f"https://x.example/{'长/' * 900}", column=bad, page=A)
        for n in range(200)
    ]
    made = document(notice(Tone.PRESS, *items, unit=bad, office=Office()))
    annexes = [block for block in made.blocks if isinstance(block, Annex)]
    assert [(one.label, one.title, one.wide) for one in annexes] == [
        ("附件1", "督办问题", True),
        ("附件2", "回执", False),
    ]
    word = docx.Document(io.BytesIO(render_docx(made)))
    assert max(len(grid.rows) for grid in word.tables) == 201
    assert "<script" not in render_html(made)


def test_what_is_kept_says_the_same_later() -> None:
    one = notice(Tone.ORDER, ITEM)
    assert notice_of(json.loads(json.dumps(one.content()))) == one


# the forecast


def rows(*lines: dict[str, object]) -> CheckResult:
    return CheckResult("update_freshness", 1, Outcome.PASS, rows=tuple(lines))


COLUMN: dict[str, object] = {
    "column": "首页>新闻",
    "url": "https://www.yun.example/xw/",
    "demand": "2周内更新",
    "newest": "2026-02-20",
    "days_left": 5,
    "owner": "县融媒体中心",
}


@pytest.fixture
def coming(engine: Engine) -> Engine:
    late = {**COLUMN, "url": "https://www.yun.example/late/", "days_left": None}
    far = {**COLUMN, "url": "https://www.yun.example/far/", "days_left": 90, "owner": ""}
    today = {**COLUMN, "url": "https://www.yun.example/today/", "days_left": 1}
    summary = {"certificates": {"www.yun.example": at(8).isoformat(), "far.yun.example": at(8, month=9).isoformat()}}
    record = audit(2, portal=OWNED, summary=summary)
    commit_audit(engine, record, [result(FIRST, SECOND), rows(COLUMN, late, far, today)], metas=metas)
    return engine


def test_what_will_be_late_is_told_with_its_last_day(coming: Engine) -> None:
    hand_out(coming, [FIRST.fingerprint], Handing("李四", at(3)))
    one = Excuse("yun", Scope.FINDING, SECOND.fingerprint, "maintenance", "升级", at(1), at(6, 0), "李四", at(2))
    excuse(coming, one)
    found = forecast(coming, None, at(3, 12), 7)
    assert [(due.kind, due.day.isoformat(), due.left, due.unit) for due in found] == [
        ("column", "2026-03-03", 0, "县融媒体中心"),
        ("deadline", "2026-03-05", 2, "办公室秘书科"),
        ("excuse", "2026-03-05", 2, "云县政府办"),
        ("column", "2026-03-07", 4, "县融媒体中心"),
        ("certificate", "2026-03-08", 5, "云县政府办"),
    ]
    assert [due.until for due in found] == ["", "18:00", "23:59", "", ""]
    assert forecast(coming, ["other"], at(3), 7) == ()
    assert [due.left for due in forecast(coming, ["yun"], at(5), 1)] == [-2, 0, 0]  # the first was not measured since


def test_what_is_due_every_year_is_a_reminder() -> None:
    portal = PortalView("yun", "云县人民政府", "https://www.yun.example/", level="department")
    new_year = dt.date(2026, 12, 28)
    assert [(due.day.isoformat(), due.left) for due in annual(portal, new_year, 40)] == [("2027-01-31", 34)] * 2
    county = annual(replace(portal, level="county"), dt.date(2026, 3, 31), 0)
    assert ["政府信息公开" in due.what for due in county] == [True]
    assert annual(portal, dt.date(2026, 3, 30), 7) == []


def test_a_tip_is_given_once_for_each_last_day(coming: Engine) -> None:
    hand_out(coming, [FIRST.fingerprint], Handing("李四", at(2), deadline=at(9)))
    tips = made(coming, Tone.TIP, at(3))
    told = {one.unit: [item.url for item in one.items] for one in tips.notices}
    # What was handed out has its deadline in its own notice: it is no tip before the last days.
    assert told == {
        "县融媒体中心": ["https://www.yun.example/today/", "https://www.yun.example/xw/"],
        "云县政府办": ["https://www.yun.example/"],
    }
    again = made(coming, Tone.TIP, at(4))
    assert (again.new, len(again.notices)) == (0, 2)
    near = made(coming, Tone.TIP, at(6))
    assert [(one.unit, one.items[0].number) for one in near.notices[: near.new]] == [("办公室秘书科", "yun-0001")]
    assert entry(coming, SECOND.fingerprint, at(6)).handed_out is None
    moved = {**COLUMN, "newest": "2026-03-06", "days_left": 6}
    commit_audit(coming, audit(7, portal=OWNED), [result(FIRST), rows(moved)], metas=metas)
    later = made(coming, Tone.TIP, at(7))
    assert later.new == 1  # the same column, another last day


def test_the_same_thing_on_another_day_is_another_thing() -> None:
    due = Due("column", "yun", "云县", "县水利局", "…", dt.date(2026, 3, 3), 1, url=A)
    assert due.subject == replace(due, left=0, what="措辞变了").subject
    assert due.subject != replace(due, day=dt.date(2026, 3, 4)).subject


# the verbs


async def test_the_command_drafts_issues_and_prints_again(engine: Engine, place: str, tmp_path: Path) -> None:
    (tmp_path / "targets.toml").write_text(f'[office]\nname = "{OFFICE.name}"\ncode = "云政网"\n', "utf-8")
    words = ("export", "notices", "--db", place, "--out", "out")
    drafted = await mingcha(*words, cwd=tmp_path)
    assert (drafted.code, drafted.out.count("草稿-整改通知书")) == (0, 2), drafted.err
    assert "正式印发请加 --by" in drafted.err
    ran = await mingcha(*words, "--by", "李四", "--unit", "办公室秘书科", cwd=tmp_path)
    year = issued(engine)[0].at.astimezone(CHINA).year
    name = f"云政网整〔{year}〕1号-整改通知书-办公室秘书科.docx"
    assert (ran.code, ran.out.strip().rpartition("/")[2]) == (0, name)
    word = docx.Document(str(tmp_path / ran.out.strip()))
    assert word.paragraphs[1].text == "政府网站问题整改通知书"
    assert [row.cells[0].text for row in word.tables[1].rows] == ["编号", "yun-0001"]
    again = await mingcha(*words, "--by", "李四", "--unit", "办公室秘书科", cwd=tmp_path)
    assert (again.out, "重印已印发的整改通知书1份" in again.err) == (ran.out, True)
    seen = await mingcha("forecast", "--db", place, "--json", "--days", "366", cwd=tmp_path)
    lines = [json.loads(line) for line in seen.out.splitlines()]
    assert {"annual", "deadline"} <= {line["kind"] for line in lines}
    assert all(line["schema_version"] == 1 and line["due"] for line in lines)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--tone", "通知"), "--tone '通知': there are 提示单, 整改通知书, 督办单"),
        (("--format", "xlsx"), "cannot export notices as xlsx"),
        (("--portal", "nobody"), "portal 'nobody' was never audited; known are: yun"),
    ],
)
def test_a_wrong_word_is_one_sentence(
    engine: Engine, place: str, tmp_path: Path, words: tuple[str, ...], says: str
) -> None:
    with pytest.raises(UsageError, match=re.escape(says)):
        app(["export", "notices", "--db", place, *words], standalone_mode=False)


def test_a_disk_that_refuses_costs_no_number(engine: Engine, place: str, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file", "utf-8")

    def export(out: str) -> tuple[Path, ...]:
        return export_notices(
            Tone.ORDER,
            "docx",
            "",
            "",
            7,
            "李四",
            out=tmp_path / out,
            targets=None,
            database=place,
            now=at(2),
        ).paths

    with pytest.raises(UsageError, match="cannot write"):
        export("out")
    assert len(issued(engine)) == 2
    assert len(export("elsewhere")) == 2  # printed again under their numbers
    assert len(issued(engine)) == 2
