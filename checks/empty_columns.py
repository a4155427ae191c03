"""空白栏目: columns without contents and articles without a body.

Clause: 国办秘函〔2019〕19号 栏目不更新: 空白栏目数量 ≥ 5 is a veto; 其他栏目: 空白 each −2.
A list that a script fills fails only as a browser shows it. A column that leads to child columns, shows one article,
or says in words why it is empty is not empty; neither is an article that is a picture, a video or an attachment.
"""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass

from msgspec import Struct

from checks._columns import (
    browser_missing,
    carried_pages,
    children_of,
    columns_with_own_links,
    list_items,
    members_of,
    page_of,
    unrendered,
    with_pictures,
)
from checks._links import BLOCKING
from checks._nonsense import like_nonsense, nonsense_unknown
from checks._outlines import ARTICLE_KINDS, unreadable, view_of
from checks._parts import filled_parts, parts_of
from checks._tally import Tally
from checks._words import column_of, path_of
from checks.base import (
    REASONS,
    Artifacts,
    CheckResult,
    Confirm,
    Finding,
    Kind,
    Meta,
    Outcome,
    Sheet,
    SheetColumn,
)
from portal.artifacts import Absence, ColumnRecord, FetchOutcome, PageRecord
from portal.drawn import awaits_script, frame_of, is_frame
from portal.facts import ListItem, PageFacts, PageKind, Region
from portal.model import ColumnForm, ColumnKind
from portal.text import fold_title
from portal.urls import host_of, normalise, registrable, twin


@dataclass(frozen=True, slots=True)
class Params:
    """`single_text`: characters of main text from which a column without list is one page of contents;
    `veto_blank`: blank columns from which the national table vetoes."""

    single_text: int = 40
    veto_blank: int = 5


_CLAUSE = (
    "《政府网站与政务新媒体检查指标》（国办秘函〔2019〕19号）单项否决指标“栏目不更新”：空白栏目数量超过（含）5个。"
    "扣分指标“其他栏目”：其他栏目存在空白的，每发现一个，扣2分。"
)
_COLUMN = "column"
_FILL = "充实栏目内容；确无内容的，在栏目内以文字说明，或撤并该栏目。"

META = Meta(
    id="empty_columns",
    version=6,
    title="空白栏目",
    why="有栏目无内容使公众得不到应当公开的信息；空白栏目达到5个即单项否决。",
    clauses=("国办秘函〔2019〕19号 栏目不更新", "国办秘函〔2019〕19号 其他栏目"),
    requires=("page", "column"),
    subject="the column's URL, or the document's URL",
    kinds=(
        Kind(
            "empty_list",
            "栏目空白",
            "“{title}”栏目无内容，且无文字说明（{form}）。",
            group=_COLUMN,
            remedy=_FILL,
            clause=_CLAUSE,
            facts=("form",),
        ),
        Kind(
            "under_construction",
            "栏目建设中",
            "“{title}”栏目仅显示“{words}”，无实际内容。",
            group=_COLUMN,
            remedy="完成栏目建设并发布内容；暂不具备条件的，撤下该栏目。",
            clause=_CLAUSE,
            facts=("words",),
        ),
        Kind(
            "load_failed",
            "栏目内容加载失败",
            "“{title}”栏目打开后无内容：列表数据请求失败（{request}）。",
            confirm=Confirm.NETWORK,
            group=_COLUMN,
            remedy="检查栏目数据接口，恢复列表显示。",
            clause=_CLAUSE,
            facts=("request",),
        ),
        Kind(
            "blank_document",
            "空白文档",
            "《{title}》打开后无正文、图片、音视频和附件。",
            remedy="补充正文或附件，或撤下该文档。",
            clause=_CLAUSE,
        ),
    ),
    metrics={
        "columns": "应核查的栏目，个",
        "columns_measured": "得出结论的栏目，个",
        "blank_columns": "空白栏目，个",
        "suspect_columns": "疑似空白、尚待复核的栏目，个",
        "blank_documents": "空白文档，个",
        "documents": "核查的文档，个",
        "veto": "空白栏目是否达到单项否决数量（1是，0否）",
    },
    sheet=Sheet(
        "空白栏目",
        (
            SheetColumn("column", "栏目路径", width=36),
            SheetColumn("url", "URL", "url", 50),
            SheetColumn("form", "空白形态", width=14),
            SheetColumn("explained", "是否有文字说明", "bool", 12),
            SheetColumn("view", "渲染方式", width=12),
            SheetColumn("shot", "截图", "shot", 14),
            SheetColumn("result", "结论", width=24),
        ),
    ),
)


class _State(Struct, frozen=True):
    """What became of one column: a finding kind, "" for a good one, or the reason it could not be judged."""

    kind: str = ""
    form: str = ""  # Chinese, for the sheet
    reason: Absence | None = None
    facts: tuple[tuple[str, str], ...] = ()
    suspect: bool = False
    explained: bool = False


def run(artifacts: Artifacts, params: Params) -> CheckResult:
    """Returns the verdict on every column that should have contents and on every document read."""
    tally = Tally(META, carried_pages(artifacts))
    children = children_of(artifacts)
    members = members_of(artifacts)
    linking = columns_with_own_links(artifacts, [url for url in artifacts.columns if not members.get(url)])
    about = [url for url, column in artifacts.columns.items() if column.kind is ColumnKind.ORGANISATION]
    pictured = with_pictures(artifacts, about)
    harmless = _harmless_failures(artifacts)
    parts = filled_parts(artifacts, parts_of(artifacts, children))
    columns = blank = suspects = 0
    gone: list[str] = []
    for url in sorted(artifacts.columns):
        column = artifacts.columns[url]
        if column.form in {ColumnForm.EXTERNAL, ColumnForm.INDEX}:
            continue
        page = page_of(artifacts, url)
        if _is_gone(page):
            # A dead link (broken_links), no column that could be looked into: no gap in what was measured either.
            _note(tally, column, page, _State(form="页面不存在", reason=Absence.UNREACHABLE))
            gone.append(url)
            continue
        columns += 1
        if children.get(url) and not _contents(page):
            # A heading over child columns: each of them is judged for itself.
            tally.good("empty_list", url)
            _note(tally, column, page, _State(form="下设子栏目"))
            continue
        state = column_state(artifacts, column, page, bool(members.get(url)) or url in linking, params, harmless)
        if state.kind and url in parts:
            state = _State(form="分列页面，所在栏目有内容")  # whether the column goes on is for update_freshness to say
        elif state.kind and _may_be_nothing(artifacts, column, page):
            state = _State(reason=Absence.UNDECIDED)
        if state.reason is Absence.UNDECIDED and url in pictured and _is_looked_at(page):
            # Leaders with photos and three lines each, a chart of the offices: no list, little text, and not empty.
            state = _State(form="单页内容")
        _note(tally, column, page, state)
        if state.reason:
            tally.unmeasured(url, state.reason)
        elif not state.kind:
            tally.good("empty_list", url)
        else:
            blank += not state.suspect
            suspects += state.suspect
            tally.bad(_finding(column, page, state))
    if not columns:
        for url in gone:  # nothing but dead links: that is not measured, and no portal without columns
            tally.unmeasured(url, Absence.UNREACHABLE)
    measured = tally.measured
    documents, blank_documents = _documents(tally, artifacts, harmless)
    metrics: dict[str, float] = {
        "columns": columns,
        "columns_measured": measured,
        "blank_columns": blank,
        "suspect_columns": suspects,
        "documents": documents,
        "blank_documents": blank_documents,
        "veto": int(blank >= params.veto_blank),
    }
    return tally.conclude(metrics, nothing="未发现可核查的栏目和文档")


ASKS = "webdriver "  # of a script that asked whether a program is looking (`crawler.browser.watched`)
_CONTROLS = frozenset({"text", "search", "select", "textarea"})  # controls by which something is asked for
_FRONT = re.compile(r"^https?://[^/?#]+/?(?:(?:index|default|main|home)\.[a-z]{3,5})?$", re.IGNORECASE)


def column_state(
    artifacts: Artifacts,
    column: ColumnRecord,
    page: PageRecord | None,
    listed: bool,
    params: Params,
    harmless: Container[str] = (),
) -> _State:
    """Returns what a column without child columns shows. `listed`: it is known to lead to articles. `harmless` are the
    requests that fail on pages which show what they are for."""
    if reason := unreadable(page):
        return _State(reason=reason)
    assert page is not None
    framed = page.rendered is not None and _is_framed(artifacts, page)
    if not framed and like_nonsense(page.fetch, page.url, artifacts.hosts) and not list_items(page):
        return _State(reason=Absence.UNREACHABLE)  # no column at all: a matter of links
    if listed or _real_items(artifacts, column, page):
        return _State(form="有内容")
    views = [facts for facts in (page.rendered, None if framed else page.facts) if facts is not None]
    if any(_shows_contents(facts, params) for facts in views):
        return _State(form="单页内容")
    facts = views[0]
    if any(view.empty_reason for view in views):
        return _State(form="无内容，有文字说明", explained=True)
    if page.rendered is not None:
        if facts.under_construction:
            return _State("under_construction", "建设中", facts=(("words", facts.under_construction),))
        if failed := _failed_request(page, harmless):
            if _status(failed) in BLOCKING:
                return _State(reason=Absence.BLOCKED)  # its answer is about who asked, not about the list
            return _State("load_failed", "加载失败", facts=(("request", failed),), suspect=True)
        if _asks(page, harmless):
            return _State(reason=Absence.UNDECIDED)  # it may show a person what it kept from a program
        if facts.empty_list and not _is_front(artifacts, column.url) and not _awaits_query(facts):
            return _State("empty_list", "列表空", facts=(("form", "列表为空"),))
        return _State(reason=Absence.UNDECIDED)
    if facts.under_construction and not facts.scripted_list:
        # The words stand in the source itself: no script will put a list beside them.
        return _State("under_construction", "建设中", facts=(("words", facts.under_construction),))
    counted_empty = facts.empty_list and facts.pager is not None and facts.pager.items == 0
    if counted_empty and not facts.scripted_list and not browser_missing(artifacts):
        return _State("empty_list", "列表空", facts=(("form", "列表为空"),), suspect=True)
    return _State(reason=unrendered(artifacts, page))


def _is_framed(artifacts: Artifacts, page: PageRecord) -> bool:
    """Returns whether the source of a page is a frame into which a script draws it, be it that of the whole portal."""
    return awaits_script(page) or is_frame(page, frame_of(page_of(artifacts, artifacts.portal.home)))


def _is_front(artifacts: Artifacts, url: str) -> bool:
    """Returns whether an address is the front page of another host of the portal: a menu and pictures, no list to fill.

    seen: zwfw.…/index.html (政务服务), two tiles that lead to 个人办事 and 法人办事.
    """
    home = host_of(artifacts.portal.home)
    return host_of(url) not in {home, twin(home)} and _FRONT.search(url) is not None


def _is_looked_at(page: PageRecord | None) -> bool:
    """Returns whether a browser saw a page, and no sign that it is empty."""
    seen = page.rendered if page is not None else None
    return seen is not None and not seen.empty_list and not seen.under_construction


def _awaits_query(facts: PageFacts) -> bool:
    """Returns whether a list may be empty because nobody asked for anything yet: the page has a form of its own that is
    posted (办事指南查询), and no pager says that there is nothing."""
    if facts.pager is not None:
        return False
    box = facts.search_box
    return any(
        form.method == "post"
        and form.visible
        and form.region is Region.BODY
        and (box is None or form.action != box.action)
        and any(field.type in _CONTROLS for field in form.fields)
        for form in facts.forms
    )


def _is_gone(page: PageRecord | None) -> bool:
    """Returns whether the address of a column answers that there is nothing (404, 410)."""
    return page is not None and page.rendered is None and page.fetch.outcome is FetchOutcome.NOT_FOUND


def _may_be_nothing(artifacts: Artifacts, column: ColumnRecord, page: PageRecord | None) -> bool:
    """Returns whether a page without contents may be what its host answers to whatever it does not have: nobody knows
    what that is, and the page does not name the column, which such an answer cannot."""
    assert page is not None  # it was judged
    if not nonsense_unknown(page.fetch, page.url, artifacts.hosts):
        return False
    name, site = fold_title(column.name), fold_title(artifacts.portal.name)
    texts = [
        fold_title(text)
        for facts in (page.rendered, page.facts)
        if facts is not None
        for text in (facts.title, facts.head_title, *(crumb.text for crumb in facts.breadcrumb))
    ]
    return not name or name in site or not any(name in text for text in texts)


def _harmless_failures(artifacts: Artifacts) -> frozenset[str]:
    """Returns the requests, without their queries, that fail on a column which shows its list all the same: counters,
    who is logged in, tickers. seen: /api/user/info answers 401 to every visitor of an application."""
    shown = (page_of(artifacts, url) for url in artifacts.columns)
    return frozenset(
        _asked(line)
        for page in shown
        if page is not None and page.script_errors and _contents(page)
        for line in page.script_errors
    )


def _asks(page: PageRecord, harmless: Container[str]) -> bool:
    """Returns whether a script of the page's own asked whether a program is looking."""
    return any(line.startswith(ASKS) and _asked(line) not in harmless for line in page.script_errors)


def _failed_request(page: PageRecord, harmless: Container[str]) -> str:
    """Returns the first failed data request to the portal's own domain: counters of others explain no empty list."""
    own = registrable(host_of(page.url))
    for line in page.script_errors:
        how = line.partition(" ")[0]
        if how in {"xhr", "fetch"} and registrable(host_of(_asked(line))) == own and _asked(line) not in harmless:
            return line
    return ""


def _status(line: str) -> int:
    """Returns the status a failed request was answered with, 0 where no answer came."""
    status = line.split(" ")[1]
    return int(status) if status.isdecimal() else 0


def _asked(line: str) -> str:
    """Returns the address a failed request was sent to, without its query."""
    return line.rpartition(" ")[2].partition("?")[0]


def _contents(page: PageRecord | None) -> bool:
    return page is not None and bool(list_items(page))


def _real_items(artifacts: Artifacts, column: ColumnRecord, page: PageRecord) -> bool:
    return any(not _placeholder(artifacts, column, item) for item in list_items(page))


def _placeholder(artifacts: Artifacts, column: ColumnRecord, item: ListItem) -> bool:
    """An item named like its column that leads back to it, nowhere, or to a page without body is no content."""
    if fold_title(item.title) != fold_title(column.name):
        return False
    if not item.url or normalise(item.url) == normalise(column.url):
        return True
    target = page_of(artifacts, item.url)
    facts = view_of(target) if target is not None else None
    return facts is not None and facts.body_empty


def _shows_contents(facts: PageFacts, params: Params) -> bool:
    if facts.attachments or facts.media:
        return True
    if facts.under_construction:
        return False
    if facts.kind in ARTICLE_KINDS | {PageKind.COLUMN_INDEX, PageKind.HOME, PageKind.SEARCH}:
        return not facts.body_empty or facts.kind not in ARTICLE_KINDS
    if facts.forms and facts.kind is PageKind.OTHER:
        return True  # a service to use, not a list to read
    return not facts.empty_list and facts.text_length >= params.single_text


def _finding(column: ColumnRecord, page: PageRecord | None, state: _State) -> Finding:
    facts = {**dict(state.facts), "column_kind": column.kind.value}
    if page is not None:
        facts |= {"rendered": "浏览器" if page.rendered is not None else "源代码"}
    return Finding(
        kind=state.kind,
        subject=column.url,
        outcome=Outcome.SUSPECT if state.suspect else Outcome.FAIL,
        title=path_of(column),
        column=path_of(column),
        level=column.level,
        facts=facts,
        evidence=_evidence(page),
        confirmations=1,
    )


def _evidence(page: PageRecord | None) -> tuple[str, ...]:
    return tuple(filter(None, (page.fetch.evidence, page.screenshot))) if page is not None else ()


def _note(tally: Tally, column: ColumnRecord, page: PageRecord | None, state: _State) -> None:
    if state.reason:
        result = f"未能判定：{REASONS[state.reason]}"
    elif state.kind:
        result = ("疑似：" if state.suspect else "问题：") + META.kind(state.kind).title
    else:
        result = "合格"
    tally.rows.append(
        {
            "column": path_of(column),
            "url": column.url,
            "form": state.form,
            "explained": state.explained,
            "view": "浏览器" if page is not None and page.rendered is not None else "源代码",
            "shot": page.screenshot if page is not None else "",
            "result": result,
        }
    )


def _documents(tally: Tally, artifacts: Artifacts, harmless: Container[str]) -> tuple[int, int]:
    """Judges every document read; returns how many were looked at and how many are blank."""
    looked = blank = 0
    for url, outline in artifacts.outlines.items():
        if url in artifacts.columns or outline.unreadable or not outline.article:
            continue
        looked += 1
        if not outline.blank:
            tally.good("blank_document", url)
            continue
        page = artifacts.pages[url]
        if page.rendered is None:
            tally.unmeasured(url, unrendered(artifacts, page))
            continue
        if outline.framed and (_failed_request(page, harmless) or _asks(page, harmless)):
            # Its text may be there when it is asked for again, or for a person.
            tally.unmeasured(url, Absence.UNDECIDED)
            continue
        if not outline.framed and like_nonsense(page.fetch, url, artifacts.hosts):
            tally.unmeasured(url, Absence.UNREACHABLE)  # no document at all: a matter of links
            continue
        blank += 1
        column = column_of(artifacts, url)
        tally.bad(
            Finding(
                kind="blank_document",
                subject=url,
                outcome=Outcome.FAIL,
                title=outline.title or page.list_title,
                column=column,
                level=page.level,
                evidence=_evidence(page),
                confirmations=1,
            )
        )
        tally.rows.append(
            {
                "column": column,
                "url": url,
                "form": "空白文档",
                "explained": False,
                "view": "浏览器",
                "shot": page.screenshot,
                "result": "问题：空白文档",
            }
        )
    return looked, blank
