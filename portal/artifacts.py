"""What the crawler gathers: the records of a bundle, and the closed outcome of one request.

    FetchOutcome
      OK                                   an answer below 400 that is what it says it is
      NOT_FOUND SERVER_ERROR CLIENT_ERROR  the server's own word (404/410, 5xx, other 4xx)
      BLOCKED                              401 403 405 407 412 429 451, challenge, captcha: the target is not known
      REFUSED RESET DNS TIMEOUT TLS REDIRECT_LOOP   no usable answer, the target's side
      DNS_UNKNOWN                          could not tell (SERVFAIL, silence of the resolver): our side may be at fault
      PRIVATE BAD_URL SCHEME DEED ROBOTS BUDGET ABORTED NO_ROUTE   never asked, and why

DEED is an address that would change something (log out, delete, vote: `portal.actions`) and that a redirect leads to,
or a page in the browser goes to by itself.

Records are stored as JSON: fields may be added with a default, never renamed or removed. Times are aware datetimes.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

from portal.facts import Element, PageFacts, Region, SearchBox, SearchHit
from portal.model import ColumnForm, ColumnKind


class FetchOutcome(StrEnum):
    """The closed outcome of one request; see the module docstring."""

    OK = "ok"
    NOT_FOUND = "not_found"
    SERVER_ERROR = "server_error"
    CLIENT_ERROR = "client_error"
    BLOCKED = "blocked"
    REFUSED = "refused"
    RESET = "reset"
    DNS = "dns"
    DNS_UNKNOWN = "dns_unknown"
    TIMEOUT = "timeout"
    TLS = "tls"
    REDIRECT_LOOP = "redirect_loop"
    PRIVATE = "private"
    BAD_URL = "bad_url"
    SCHEME = "scheme"
    DEED = "deed"
    ROBOTS = "robots"
    BUDGET = "budget"
    ABORTED = "aborted"
    NO_ROUTE = "no_route"

    @property
    def failed(self) -> bool:
        """True where the target itself answered wrongly or not at all."""
        return self in _FAILED

    @property
    def asked(self) -> bool:
        """True where a request left for the target and something was learned about it."""
        return self is FetchOutcome.OK or self in _FAILED or self is FetchOutcome.BLOCKED


_FAILED = frozenset(
    {
        FetchOutcome.NOT_FOUND,
        FetchOutcome.SERVER_ERROR,
        FetchOutcome.CLIENT_ERROR,
        FetchOutcome.REFUSED,
        FetchOutcome.RESET,
        FetchOutcome.DNS,
        FetchOutcome.TIMEOUT,
        FetchOutcome.TLS,
        FetchOutcome.REDIRECT_LOOP,
    }
)


class Level(StrEnum):
    """How far from the home page something stands: on it, on a page it links to, or deeper."""

    HOME = "home"
    SECOND = "second"
    OTHER = "other"


NEARNESS = {Level.HOME: 0, Level.SECOND: 1, Level.OTHER: 2}  # the lower, the nearer to the home page


class Absence(StrEnum):
    """Why something was not measured; the Chinese wording is in checks/base.py."""

    NO_BROWSER = "no_browser"
    NO_FONTS = "no_fonts"
    NO_IPV6 = "no_ipv6"
    NO_DNS = "no_dns"
    OWN_LINE = "own_line"
    CHALLENGE = "challenge"
    CAPTCHA = "captcha"
    BLOCKED = "blocked"
    LOGIN = "login"
    ROBOTS = "robots"
    PRIVATE = "private"  # its address is of a private network the portal's audits may not reach
    DEED = "deed"  # it leads to what would change something on the server
    BUDGET = "budget"
    DEADLINE = "deadline"
    UNREACHABLE = "unreachable"
    MOVED = "moved"
    NOT_GATHERED = "not_gathered"
    TOO_FEW = "too_few"
    UNDECIDED = "undecided"
    NO_CALENDAR = "no_calendar"
    SCRIPTED = "scripted"
    CARRIED = "carried"  # it was not its turn: known from an earlier day
    ERROR = "error"
    NO_SERIES = "no_series"
    SHORT_SERIES = "short_series"


class Hop(msgspec.Struct, frozen=True, gc=False):
    """One answer on the way of a redirect chain."""

    url: str
    status: int
    location: str = ""


class Attempt(msgspec.Struct, frozen=True, gc=False):
    """One try at one URL. `via` is the method: head, get, range, browser, get4, get6 (family pinned)."""

    at: dt.datetime
    via: str
    outcome: FetchOutcome
    status: int = 0
    final_url: str = ""
    hops: tuple[Hop, ...] = ()
    address: str = ""  # peer address, no port
    family: int = 0  # 4 or 6, 0 unknown
    elapsed: float = 0.0  # seconds
    content_type: str = ""
    length: int | None = None  # bytes: Content-Length, or counted where the body was read whole
    error: str = ""  # short technical text, English
    sniffed: str = ""  # what the first bytes are: html, pdf, zip, ole, xml, image, text, empty, ...
    title: str = ""  # <title> where HTML was read
    text_length: int | None = None  # visible characters, where HTML was read whole
    sketch: int = 0  # simhash of the visible text, where HTML was read whole
    signs: tuple[str, ...] = ()  # ids of vocabulary signs found in the page: soft_404:..., parked:..., gambling:...
    evidence: str = ""  # sha256 of the stored answer (headers and body as received), "" when not kept
    known: bool = False  # a good answer another audit got, taken over: in this one nothing was asked
    unchanged_since: dt.datetime | None = None  # "not modified" (304): what is said of the page was received then


class Copy(msgspec.Struct, frozen=True, gc=False):
    """By what a later audit can tell that a page is still the one that was read."""

    digest: str  # sha256 of the body, unpacked
    received: dt.datetime  # when it came last
    etag: str = ""  # as the server sent it
    modified: str = ""  # Last-Modified as sent; "" where it was too fresh to tell two versions apart
    times: int = 0  # since then taken over that often on the server's word (304) alone


class Occurrence(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One place where a URL is referred to."""

    page: str
    text: str
    element: Element
    region: Region
    visible: bool = True
    level: Level = Level.OTHER  # level of the page it stands on: HOME means on the home page
    raw: str = ""  # href as written


class LinkRecord(msgspec.Struct, frozen=True, gc=False):
    """One unique URL the portal refers to, verified once; key: url."""

    url: str
    internal: bool
    count: int  # occurrences in all
    level: Level  # nearest level of any occurrence
    occurrences: tuple[Occurrence, ...] = ()  # the first 20
    attempts: tuple[Attempt, ...] = ()  # in time order
    skipped: Absence | None = None  # why it was never asked
    carried: dt.date | None = None  # not asked in this audit: the attempts are those of the audit of that day
    owed: bool = False  # its turn had come and it was not asked all the same


class PageRecord(msgspec.Struct, frozen=True, gc=False):
    """One page read; key: url (as requested, normalised). `facts` is None where nothing readable came back."""

    url: str
    level: Level
    fetch: Attempt
    facts: PageFacts | None = None
    rendered: PageFacts | None = None  # the same page as a browser shows it, where it was opened in one
    render_reason: str = (
        ""  # why: survey, scripted_list, empty_list, blank, linkage, outdated, unlinked, challenge, sample
    )
    render_failed: Absence | None = None
    # Requests of the rendered page's scripts that failed ("xhr 500 URL"), and scripts of its site that asked whether a
    # program is looking ("webdriver URL").
    script_errors: tuple[str, ...] = ()
    render_evidence: str = ""  # sha256 of the page as rendered
    screenshot: str = ""  # sha256
    columns: tuple[str, ...] = ()  # URLs of the columns whose lists hold this page
    list_date: dt.date | None = None  # the date beside it in a list
    list_title: str = ""
    referrer: str = ""
    challenged: bool = False  # a challenge was met and passed by a plain browser visit
    skipped: Absence | None = None
    copy: Copy | None = None  # None where there is nothing a later audit could take over
    carried: dt.date | None = None  # not asked in this audit: all of this was seen by the audit of that day
    owed: bool = False  # its turn had come and it was not asked all the same


@dataclass(frozen=True, slots=True)
class ColumnRecord:
    """One column; key: url. Its first page is `pages[url]`."""

    url: str
    name: str
    path: tuple[str, ...]
    kind: ColumnKind
    form: ColumnForm
    level: Level = Level.SECOND  # SECOND: linked from the home page (一级栏目); OTHER: deeper
    parent: str = ""  # URL of the parent column
    children: tuple[str, ...] = ()
    declared: bool = False
    limit_days: int | None = None
    owner: str = ""
    exempt: str = ""
    pages_read: int = 1


class DnsStatus(StrEnum):
    """What a DNS question came to; the first three are findings about the name, the last is not."""

    ANSWER = "answer"
    NO_ANSWER = "no_answer"
    NXDOMAIN = "nxdomain"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class DnsAnswer:
    """The answer to one DNS question."""

    status: DnsStatus
    values: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class NameServer:
    """One authoritative name server of the zone and the addresses it has."""

    name: str
    a: DnsAnswer
    aaaa: DnsAnswer


@dataclass(frozen=True, slots=True)
class InnerLinkProbe:
    """One inner link tried over IPv6: level 2 (linked from home) or 3."""

    url: str
    level: int
    attempt: Attempt


class CertificateState(StrEnum):
    """What a browser would make of a host's certificate."""

    VALID = "valid"
    NONE = "none"  # none came: no TLS there, or none this program speaks
    EXPIRED = "expired"
    EARLY = "early"  # not valid yet
    WRONG_NAME = "wrong_name"
    UNTRUSTED = "untrusted"  # issued by nobody browsers know


@dataclass(frozen=True, slots=True)
class Certificate:
    """The certificate of a host on its https port. Times are aware; None without a certificate."""

    host: str
    state: CertificateState
    issuer: str = ""
    names: tuple[str, ...] = ()  # the names it is for, the first 20
    begins: dt.datetime | None = None
    ends: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class HostRecord:
    """One host of the portal as DNS and family-pinned requests see it; key: host."""

    host: str
    a: DnsAnswer
    aaaa: DnsAnswer
    zone: str = ""
    nameservers: tuple[NameServer, ...] = ()
    nameservers_status: DnsStatus = DnsStatus.UNKNOWN
    ipv4: tuple[Attempt, ...] = ()
    ipv6: tuple[Attempt, ...] = ()
    inner: tuple[InnerLinkProbe, ...] = ()
    random_page: Attempt | None = None  # the host's answer to a path that cannot exist
    random_file: Attempt | None = None  # the same for a path that ends like a file
    home: bool = False  # the home page's own host
    evidence: str = ""  # sha256 of the DNS answers as text
    certificate: Certificate | None = None  # None: not looked at


@dataclass(frozen=True, slots=True)
class Capability:
    """Whether this machine can do something, and why not (English)."""

    ok: bool
    why: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Vantage:
    """What the auditing machine can see at all; key: "vantage"."""

    at: dt.datetime
    ipv4: Capability
    ipv6: Capability
    dns: Capability
    browser: Capability  # detail: product and version
    glyphs: Capability  # a CJK font is there
    user_agent: str = ""


class SearchStatus(StrEnum):
    """How one search session ended."""

    ANSWERED = "answered"  # a result page came, with or without results
    BROKEN = "broken"  # error page, 4xx/5xx, nothing happened
    TIMEOUT = "timeout"
    CAPTCHA = "captcha"
    LOGIN = "login"
    BLOCKED = "blocked"
    UNREADABLE = "unreadable"  # a page came, results could not be made out


@dataclass(frozen=True, slots=True)
class SearchTitle:
    """One drawn title: what was published, where, when."""

    title: str
    url: str
    published: dt.date | None
    column: str  # path, joined with ">"
    column_kind: ColumnKind = ColumnKind.OTHER


@dataclass(frozen=True, slots=True)
class SearchSession:
    """One title (or keyword) typed into the portal's own box, and the first result page."""

    drawn: SearchTitle
    at: dt.datetime
    status: SearchStatus
    result_url: str = ""
    new_tab: bool = False
    hits: tuple[SearchHit, ...] = ()  # first page only, in order
    total: int | None = None
    tabs: tuple[str, ...] = ()  # classes offered
    page_size: int = 0
    elapsed: float = 0.0
    screenshot: str = ""  # sha256
    evidence: str = ""  # sha256 of the rendered result page
    error: str = ""
    by: str = "browser"


@dataclass(frozen=True, slots=True)
class SearchRecord:
    """The portal's own search, found and asked; key: "search"."""

    entry_page: str  # page the box was found on, "" when none
    box: SearchBox | None = None
    in_header: bool = False  # visible in the header of the home page as rendered
    visible: bool = False
    pages_looked: tuple[str, ...] = ()  # where a box was looked for
    seed: str = ""
    candidates: int = 0  # titles the draw was made from
    sessions: tuple[SearchSession, ...] = ()  # one per drawn title; a broken one may be followed by its retry
    screenshot: str = ""  # home page with the box outlined, or without one
    skipped: Absence | None = None


@dataclass(frozen=True, slots=True)
class ProbeSeen:
    """One probe of the home page, a GET within a limit of seconds. `family`: 0 as a browser goes, 6 IPv6 alone."""

    at: dt.datetime
    family: int
    outcome: FetchOutcome
    seconds: float  # without the wait for its turn; of a TIMEOUT the limit
    status: int = 0
    vantage: str = ""  # from where, as the operator calls it
    address: str = ""
    error: str = ""
    own_line: bool = False  # our own line was down: says nothing about the portal


@dataclass(frozen=True, slots=True)
class Announced:
    """A time for which the owner announced that the site would not be reachable (报备), the end excluded."""

    begins: dt.datetime
    ends: dt.datetime | None = None  # None: until further notice
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AvailabilityRecord:
    """The probes of the home page up to when they were read (`until`), in time order; key: "availability"."""

    url: str
    until: dt.datetime
    probes: tuple[ProbeSeen, ...] = ()
    announced: tuple[Announced, ...] = ()
    evidence: str = ""  # sha256 of the probes as a table


@dataclass(frozen=True, slots=True)
class Shot:
    """A screenshot taken as proof of a finding; key: fingerprint."""

    fingerprint: str
    sha256: str
    page: str
    at: dt.datetime
    outlined: bool  # the offending element was found and outlined


@dataclass(frozen=True, slots=True)
class GatherSummary:
    """How the gathering went; key: "summary"."""

    started: dt.datetime
    ended: dt.datetime
    # "", budget_pages, budget_requests, budget_time, deadline, window, breaker, interrupted, platform_rests
    stopped_by: str = ""
    pages: int = 0
    requests: int = 0
    bytes: int = 0
    rendered: int = 0
    skipped: dict[str, int] = field(default_factory=dict)  # reason -> URLs
    home_outcome: FetchOutcome = FetchOutcome.ABORTED
    home_final: str = ""  # where the home page ended after redirects
    moved_to: str = ""  # the portal left for another domain
    challenged: bool = False
    blocked: Absence | None = None  # what stood before the home page: CHALLENGE, CAPTCHA or BLOCKED
    warnings: tuple[str, ...] = ()
    earlier: str = ""  # id of the audit pages were taken over from
    unchanged: int = 0  # pages asked for and taken over because they had not changed,
    confirmed: int = 0  # those of them whose server said so (304)
    carried_pages: int = 0  # pages and links not asked in a rolling audit, known from the one before,
    carried_links: int = 0
    carried_since: dt.date | None = None  # and the earliest day one of the links was measured last
