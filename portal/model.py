"""A portal as targets.toml describes it, and the closed sets its columns fall into."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

from portal.notify import Notify


class ColumnKind(StrEnum):
    """What a column publishes; decides the limit for its freshness (portal/vocabulary/columns.toml)."""

    NEWS = "news"  # 动态要闻
    NOTICE = "notice"  # 通知公告
    POLICY = "policy"  # 政策文件
    INTERPRETATION = "interpretation"  # 政策解读
    ORGANISATION = "organisation"  # 机构职能, 领导信息, 概况
    GUIDE = "guide"  # 办事指南
    LETTERS = "letters"  # 信箱, 咨询投诉, 结果反馈
    ANNUAL_REPORT = "annual_report"  # 年报
    DISCLOSURE = "disclosure"  # 公开指南, 公开目录, 公开制度, 依申请公开
    DATA = "data"  # 数据发布
    PERSONNEL = "personnel"  # 人事信息
    PLAN = "plan"  # 规划计划
    FINANCE = "finance"  # 预算决算, 财政资金
    SURVEY = "survey"  # 征集调查
    INTERVIEW = "interview"  # 在线访谈
    TOPIC = "topic"  # 专题
    OTHER = "other"


class ColumnForm(StrEnum):
    """What a column shows when opened."""

    LIST = "list"
    INDEX = "index"  # only child columns
    SINGLE = "single"  # one page of text
    EXTERNAL = "external"  # leads to another site
    ARCHIVE = "archive"  # marked as no longer updated
    UNKNOWN = "unknown"  # not opened, or not decidable


@dataclass(frozen=True, slots=True)
class ColumnDeclaration:
    """A column as its owner declares it; wins over discovery."""

    path: tuple[str, ...]  # 政务公开 > 通知公告
    url: str
    kind: ColumnKind | None = None
    form: ColumnForm | None = None
    limit_days: int | None = None  # calendar days between items
    owner: str = ""
    exempt: str = ""  # reason in Chinese why no freshness limit applies


@dataclass(frozen=True, slots=True)
class SearchOverride:
    """What the operator knows about the site search; empty strings mean: find it."""

    entry: str = ""  # URL of the page with the box
    box: str = ""  # CSS selector of the input
    submit: str = ""  # CSS selector of the button
    results: str = ""  # CSS selector of one result on the result page
    page_size: int = 0


@dataclass(frozen=True, slots=True)
class Names:
    """How names resolve for one portal, beside `[network]`: name servers stand instead of those, hosts before those."""

    nameservers: tuple[str, ...] = ()
    hosts: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Portal:
    """One site under audit: an entry of targets.toml with its defaults applied."""

    id: str
    name: str
    home: str  # absolute http or https URL
    hosts: tuple[str, ...] = ()  # further hosts that belong to the portal (sub-sites), lower case
    site_code: str = ""
    level: str = ""
    unit: str = ""
    group: str = ""  # politeness group; "" = by resolved address
    systems: tuple[str, ...] = ("national-2019",)  # ids of the indicator systems it is scored by
    exemptions: tuple[str, ...] = ()  # exemptions of those systems that hold for it
    rate: float = 1.0  # requests per second per politeness group
    concurrency: int = 1  # connections per politeness group
    max_pages: int = 3000
    max_minutes: float = 60.0
    max_requests: int = 20000
    census_nights: int = 7  # nights in which a rolling audit comes round to every page and link
    window: str = ""  # "22:00-06:00"
    robots: str = "obey"
    authorisation: str = ""  # 文号 of the owner's written consent to disregard robots.txt
    search_titles: int = 4
    probes_per_day: int = 24  # GETs of the home page by `mingcha probe`
    probe_ipv6: bool = False  # over IPv6 alone, too
    search_keywords: tuple[str, ...] = ()  # words the search is asked for, for systems that count hits
    allow_private: tuple[str, ...] = ()  # networks in CIDR form its audits may reach, beside those of [network]
    columns: tuple[ColumnDeclaration, ...] = ()
    search: SearchOverride = field(default_factory=SearchOverride)
    network: Names = field(default_factory=Names)
    extra: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Network:
    """How names resolve and what may be reached, for one portal (`Targets.network_of`) or as `[network]` says for all.

    It binds fetcher, probes and browser alike.

    `hosts` values are addresses, each with an optional port ("127.0.0.1:8811", "[::1]:8811"): connect there instead,
    the URL and the Host header stay as written.
    """

    nameservers: tuple[str, ...] = ()
    hosts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    allow_private: tuple[str, ...] = ()  # networks in CIDR form
    sealed: bool = False  # names outside `hosts` and `nameservers` do not resolve at all


@dataclass(frozen=True, slots=True)
class Office:
    """`[office]`: who issues reports and notices. What is empty stays a blank to be filled in by hand."""

    name: str = ""  # 落款: 明州县人民政府办公室
    code: str = ""  # 发文机关代字, before the number of a notice: 明政网
    signer: str = ""  # 签发人
    contact: str = ""  # 联系人
    phone: str = ""
    reply: str = ""  # 反馈方式
    objection: str = ""  # 异议方式
    objection_days: int = 5  # working days after the notice in which a unit may object


@dataclass(frozen=True, slots=True)
class Targets:
    """A whole targets.toml."""

    portals: tuple[Portal, ...]
    network: Network = field(default_factory=Network)
    office: Office = field(default_factory=Office)
    path: str = ""
    notify: Notify = field(default_factory=Notify)
    template: Portal | None = None  # what [defaults] make of a portal given only by its address; id and home empty

    def network_of(self, portal: Portal) -> Network:
        """Returns the network of one portal's audits, re-checks and probes: `[network]`, and what is said of it alone.

        Equal networks are the same to whatever is shared by network, in whatever order they were written.
        """
        allowed = sorted({*self.network.allow_private, *portal.allow_private})
        return replace(
            self.network,
            nameservers=portal.network.nameservers or self.network.nameservers,
            hosts={**self.network.hosts, **portal.network.hosts},
            allow_private=tuple(allowed),
        )
