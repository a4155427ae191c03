"""提示单, 整改通知书 and 督办单: what a notice says as one value that is kept with it, and the document made of it."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any

import msgspec

from portal.model import Office
from reports.document.model import (
    Align,
    Annex,
    Block,
    Column,
    Document,
    Figure,
    Form,
    Paragraph,
    Signature,
    Style,
    clean,
    shortened,
    table,
)
from reports.figures import Figures
from reports.words import china, day, moment
from storage.lifecycle import day_of
from storage.notices import Tone

_SOURCE = re.compile(r"《[^》]*》(?:（[^）]*）)?")  # a document with its number; a clause of it follows
PICTURES = 30  # of one notice: beyond, the pictures of a kind look alike and the file no longer goes through mail
INLINE = 5  # problems listed on the first pages, between what is said before and after
RECEIPT = 20  # problems with a line of their own in 回执; more are answered in the workbook
LONGEST = 300


class Wording(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The words of one tone."""

    title: str
    letter: str
    opening: str
    heading: str
    demand: str
    recheck: str


class _Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    remind_days: int
    tip: Wording
    order: Wording
    press: Wording
    unsaid: Mapping[str, str]


@cache
def _words() -> _Words:
    data = tomllib.loads((resources.files("reports") / "notices.toml").read_text(encoding="utf-8"))
    return msgspec.convert(data, _Words)


def wording(tone: Tone) -> Wording:
    """Returns the words of a tone (notices.toml)."""
    found: Wording = getattr(_words(), tone.value)
    return found


def remind_days() -> int:
    """Returns how many days before its deadline what was handed out is worth a 提示单."""
    return _words().remind_days


def letters() -> Mapping[Tone, str]:
    """Returns the letter of every tone in a number."""
    return {tone: wording(tone).letter for tone in Tone}


class Item(msgspec.Struct, frozen=True):
    """One thing a notice speaks of. `due` is aware, None where it cannot be said: `note` then says why. `earlier` is
    the number of the notice that handed it out before."""

    number: str  # 问题编号; of a 提示单 "" where it is no finding
    site: str
    what: str
    url: str
    page: str = ""
    column: str = ""
    basis: str = ""
    remedy: str = ""
    due: dt.datetime | None = None
    note: str = ""
    earlier: str = ""
    why: str = ""  # of a 督办单: 逾期未整改, 整改后反弹
    shots: tuple[str, ...] = ()
    taken: str = ""  # where and when the first of them was taken


@dataclass(frozen=True, slots=True)
class Notice:
    """What a notice says; texts are masked. `number` is "" for a draft. `objection_until` is "" where none is due."""

    tone: Tone
    number: str
    unit: str
    sites: tuple[str, ...]
    items: tuple[Item, ...]
    at: dt.datetime
    who: str
    office: Office
    objection_until: str = ""

    def content(self) -> dict[str, Any]:
        """Returns it as kept with the notice."""
        kept: dict[str, Any] = msgspec.to_builtins(self)
        return kept


def notice_of(content: Mapping[str, Any]) -> Notice:
    """Returns what a notice said when it was issued."""
    return msgspec.convert(content, Notice)


def notice_document(notice: Notice, figures: Figures) -> Document:
    """Returns the document of a notice; one without a number is marked as a draft."""
    words = wording(notice.tone)
    pictures: list[Figure] = []
    rows, before = [], ""
    for place, item in enumerate(notice.items, 1):
        # What a row asks for is said again only where it is another thing.
        rows.append(_row(notice, item, place, "" if item.remedy == before else item.remedy, figures, pictures))
        before = item.remedy
    signed = day(day_of(notice.at)) if notice.number else "　　年　　月　　日"
    apart = len(rows) > INLINE  # a long list lies across, on pages of its own
    listed = _table(notice.tone, rows, apart)
    annexes: list[Block] = [Annex("附件1", words.heading, wide=True), listed] if apart else []
    count = f"{words.heading}（{len(rows)}项{'，见附件1' if apart else ''}）"
    blocks: list[Block] = [
        Paragraph(f"{notice.unit}：", Style.FLUSH),
        Paragraph(words.opening),
        Form((("被通知单位", notice.unit), ("网站", "\n".join(notice.sites)), ("检查依据", _basis(notice.items)))),
        Paragraph(count, Style.CENTRE),
        *(() if apart else (listed,)),
        Form(_terms(notice, words)),
        Signature(notice.office.name or "（印发单位）", signed),
        *annexes,
        *_attached(notice, pictures, 1 if apart else 0),
    ]
    return Document(
        title=words.title,
        blocks=tuple(blocks),
        number=notice.number or "（印发时编号）",
        mark="" if notice.number else "草稿：未编号、未登记",
        author=notice.office.name,
        made=notice.at,
    )


def _basis(items: Sequence[Item]) -> str:
    """Returns the clauses: in its own words where it is one; of several their names (up to the colon), each document
    once."""
    said = list(dict.fromkeys(item.basis for item in items if item.basis))
    if len(said) == 1:
        return shortened(said[0], LONGEST)
    sources: dict[str, list[str]] = {}
    for text in said:
        name = text.partition("：")[0]
        source = found[0] if (found := _SOURCE.match(name)) else ""
        sources.setdefault(source, []).append(shortened(name.removeprefix(source), LONGEST))
    lines = (f"{source}：{'；'.join(dict.fromkeys(named))}" for source, named in sources.items())
    return "\n".join(line.strip("：") for line in lines)


def _row(
    notice: Notice, item: Item, place: int, remedy: str, figures: Figures, pictures: list[Figure]
) -> tuple[object, ...]:
    shown = ""
    if len(pictures) < PICTURES:
        number = len(pictures) + 1
        label = f"图{number}  问题{item.number}  {shortened(item.taken or item.url, 120)}"
        if (figure := figures.take(item.shots, lambda _: label)) is not None:
            pictures.append(figure)
            shown = f"图{number}"
    where = "\n".join(
        filter(
            None,
            (
                shortened(item.url, LONGEST),
                f"所在页面：{shortened(item.page, LONGEST)}" if item.page and item.page != item.url else "",
                f"栏目：{shortened(item.column, 100)}" if item.column else "",
            ),
        )
    )
    what = shortened(item.what, LONGEST)
    if remedy:
        what += f"\n要求：{shortened(remedy, LONGEST)}"
    due = china(item.due).replace(" ", "\n") if item.due else item.note
    if notice.tone is Tone.TIP:
        return item.number or place, what, where, due
    if notice.tone is Tone.PRESS:
        return item.number, what, where, f"{item.why}\n{item.earlier or '此前已交办'}", due, shown or "—"
    return item.number, what, where, due, shown or "—"


def _table(tone: Tone, rows: Sequence[Sequence[object]], wide: bool) -> Block:
    narrow = 0.7 if wide else 1.0  # a page that lies across has more room for the texts
    number, due = Column("编号", 2.6 * narrow), Column("整改时限", 2.8 * narrow, Align.CENTRE)
    what, where, shot = Column("问题描述及要求", 5.7), Column("地址", 4.9), Column("截图", 1.6 * narrow, Align.CENTRE)
    if tone is Tone.TIP:
        return table((number, Column("提示事项", 6.4), where, replace(due, title="时限")), rows)
    if tone is Tone.PRESS:
        return table((number, what, where, Column("督办原因及原通知", 3.4 * narrow), due, shot), rows)
    return table((number, what, where, due, shot), rows)


def _terms(notice: Notice, words: Wording) -> tuple[tuple[str, str], ...]:
    office, unsaid = notice.office, _words().unsaid
    lines = [("要求", words.demand), ("时限", _until(notice.items))]
    if notice.tone is not Tone.TIP:
        lines += [
            ("反馈方式", office.reply or unsaid["reply"]),
            ("异议方式及截止", f"{office.objection or unsaid['objection']}\n截止：{notice.objection_until}"),
        ]
    lines.append(("复查安排", words.recheck))
    if notice.tone is not Tone.TIP:
        lines.append(("签发人", office.signer))
    lines.append(("联系人及电话", "  ".join(filter(None, (office.contact, office.phone)))))
    return tuple(lines)


def _until(items: Sequence[Item]) -> str:
    """Returns 年月日时: the one end of all, or the first and the last; what cannot be counted is said."""
    known = sorted({item.due for item in items if item.due is not None})
    open_ones = list(dict.fromkeys(item.note for item in items if item.due is None and item.note))
    if not known:
        return "；".join(open_ones)
    said = f"{moment(known[0])}前"
    if len(known) > 1:
        said = f"逐项见表，最早{said}，最迟{moment(known[-1])}前"
    return "；".join((said, *open_ones))


def _attached(notice: Notice, pictures: Sequence[Figure], count: int) -> list[Block]:
    blocks: list[Block] = []
    if pictures:
        count += 1
        blocks += [Annex(f"附件{count}", "问题截图"), *pictures]
    if notice.tone is Tone.TIP:
        return blocks
    blocks.append(Annex(f"附件{count + 1}", "回执"))
    blocks.append(Form((("通知编号", notice.number or "（印发时编号）"), ("回执单位（盖章）", ""))))
    if len(notice.items) <= RECEIPT:
        blocks.append(
            table(
                (Column("编号", 2.6), Column("整改情况", 5), Column("整改后链接", 5), Column("完成日期", 2.4)),
                [(item.number, "\n\n", "", "") for item in notice.items],
            )
        )
    else:
        blocks.append(
            Paragraph(
                f"本通知共{len(notice.items)}项，请在随附的整改台账中逐项填写“整改情况”“整改后链接”“整改完成时间”，"
                "连同本回执一并报送。"
            )
        )
    blocks.append(Form((("总体整改情况", ""),), lines=4))
    blocks.append(Form((("责任人（签字）", ""), ("联系电话", ""), ("日期", ""))))
    return blocks


def unit_name(unit: str) -> str:
    """Returns a unit's name as a notice addresses it: on one line, and not without end."""
    return shortened(" ".join(clean(unit).split()), 60) or "（责任单位）"
