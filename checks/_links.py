"""How one link is judged from the attempts made at it: what each attempt says, and how certain the whole is.

Nothing here is an opinion of a single answer: a link that failed once is suspect; one that failed again, later, by
another method, is certain; a success after a failure clears it (assessor-practice 2.2).
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from enum import StrEnum
from functools import cache, lru_cache

import msgspec

from checks._nonsense import alike, nonsense_of
from checks._outlines import Asked, whole
from portal.artifacts import Absence, Attempt, FetchOutcome, HostRecord, LinkRecord
from portal.facts import Element
from portal.lost import CUT, LEADS_HOME
from portal.text import fold_title
from portal.urls import bare, extension, host_of, is_home_like, is_http, normalise, registrable
from portal.vocabulary import words

# Answers that say something about the asker, not about the target (RFC 9110, 6585, 7725; 521/567 of WAF vendors).
BLOCKING = frozenset(
    {202, 401, 402, 403, 405, 406, 407, 412, 416, 418, 421, 423, 425, 428, 429, 431, 444, 451, 493, 521}
)

# A failure seen again after this long counts as another look even by the same method: another visit, another hour.
OTHER_VISIT = dt.timedelta(hours=6)

SLIGHT = 16  # characters below which an answer to nonsense may be a frame that waits for its script (Loading...)

_KIND_OF = {
    FetchOutcome.NOT_FOUND: "not_found",
    FetchOutcome.CLIENT_ERROR: "not_found",
    FetchOutcome.SERVER_ERROR: "server_error",
    FetchOutcome.REFUSED: "refused",
    FetchOutcome.RESET: "refused",
    FetchOutcome.DNS: "dns",
    FetchOutcome.TIMEOUT: "timeout",
    FetchOutcome.TLS: "tls",
    FetchOutcome.REDIRECT_LOOP: "redirect_loop",
}

NEVER_ASKED = {
    FetchOutcome.ROBOTS: Absence.ROBOTS,
    FetchOutcome.DEED: Absence.DEED,
    FetchOutcome.BUDGET: Absence.BUDGET,
    FetchOutcome.ABORTED: Absence.NOT_GATHERED,
    FetchOutcome.NO_ROUTE: Absence.OWN_LINE,
    FetchOutcome.DNS_UNKNOWN: Absence.NO_DNS,
    FetchOutcome.PRIVATE: Absence.PRIVATE,
    FetchOutcome.BAD_URL: Absence.UNDECIDED,
}

_PRIVATE_NETWORKS = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "::1/128",
        "fc00::/7",
        "fe80::/10",
    )
)


class Says(StrEnum):
    """What one attempt says about the link."""

    GOOD = "good"
    BAD = "bad"
    BLOCKED = "blocked"
    NOTHING = "nothing"


class Look(msgspec.Struct, frozen=True, gc=False):
    """One attempt and what it says; `kind` is the finding kind of a bad one, `strong` that it needs no second look."""

    attempt: Attempt
    says: Says
    kind: str = ""
    strong: bool = False
    reason: Absence | None = None
    read: bool = False  # the contents were looked at, not only that something answered


class Certainty(msgspec.Struct, frozen=True):
    """How sure a failure is: how often it was seen, by which methods (never HEAD), and over what time."""

    failed_times: int
    methods: tuple[str, ...]
    span: dt.timedelta
    certain: bool


# How long an answer took is told by another clock than when it was asked for, and that one may be set meanwhile.
_CLOCKS = dt.timedelta(milliseconds=10)


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """What all attempts at a link together say."""

    says: Says
    kind: str = ""
    certainty: Certainty = Certainty(0, (), dt.timedelta(0), False)
    failures: tuple[Attempt, ...] = ()  # the failed attempts since the last good one
    reason: Absence | None = None  # why it could not be judged


def certainty(attempts: Iterable[Attempt], spacing: dt.timedelta, *, same_method: bool = False) -> Certainty:
    """Returns how certain a run of failed attempts is; the caller passes only failures after the last success.

    Certain when two of them by different methods lie at least `spacing` apart (from the end of one to the start of the
    other), or any two lie OTHER_VISIT apart.
    `same_method` lets a second look by the same method do: for contents that were read, not for silence.
    """
    looks = sorted((a for a in attempts if a.via != "head"), key=lambda a: a.at)
    if not looks:
        return Certainty(0, (), dt.timedelta(0), False)
    certain = any(
        _gap(earlier, later) >= (spacing if same_method or later.via != earlier.via else OTHER_VISIT)
        for number, later in enumerate(looks)
        for earlier in looks[:number]
    )
    return Certainty(len(looks), tuple(sorted({a.via for a in looks})), looks[-1].at - looks[0].at, certain)


def _gap(earlier: Attempt, later: Attempt) -> dt.timedelta:
    return later.at - earlier.at - dt.timedelta(seconds=earlier.elapsed) + _CLOCKS


class Surroundings(msgspec.Struct, frozen=True):
    """What a link's answers are compared with: the hosts' answers to paths that cannot exist, and the home page."""

    hosts: Mapping[str, HostRecord]
    home_urls: frozenset[str]  # normalised addresses of the portal's home page
    home: Attempt | None  # the portal's own home page as answered
    telling: frozenset[str] = frozenset()  # hosts on which being like the answer to nonsense means being nothing
    various: frozenset[str] = frozenset()  # hosts that answer several addresses otherwise than nonsense
    drawn: frozenset[str] = frozenset()  # pages that a browser shows otherwise than the server answers
    pages: Container[str] = frozenset()  # all that were read
    framed: frozenset[str] = frozenset()  # pages of which the server answers a frame alone
    articles: frozenset[str] = frozenset()  # bare addresses of pages that were read as articles with a text
    links: Mapping[str, LinkRecord] = msgspec.field(default_factory=dict)  # whole: with where they stand


def verdict(link: Asked, around: Surroundings, spacing: dt.timedelta, read_spacing: dt.timedelta) -> Verdict:
    """Returns what the attempts at a link say together, in time order; the last informative one decides.

    `spacing` holds for failures, `read_spacing` for contents that were read (SOFT_KINDS).
    """
    looks = [look(a, link, around) for a in sorted(link.attempts, key=lambda a: a.at)]
    if any(one.attempt.via == "browser" and soft_signs(one.attempt) for one in looks):
        # What a script draws, the server does not tell.
        looks = [
            one
            if one.says is not Says.GOOD or one.attempt.via == "browser"
            else Look(one.attempt, Says.NOTHING, reason=Absence.SCRIPTED)
            for one in looks
        ]
    telling = [one for one in looks if one.says is not Says.NOTHING]
    if not telling:
        reason = link.skipped or next((one.reason for one in reversed(looks) if one.reason), None)
        return Verdict(Says.NOTHING, reason=reason or Absence.NOT_GATHERED)
    run: list[Look] = []
    for one in telling:
        if one.says is Says.GOOD:
            # An answer whose contents nobody read ends a silence; it does not undo contents that were read.
            run = [] if one.read else [bad for bad in run if bad.kind in SOFT_KINDS]
        elif one.says is Says.BAD:
            run.append(one)
    if telling[-1].says is Says.BLOCKED:
        return Verdict(Says.BLOCKED, reason=telling[-1].reason or Absence.BLOCKED)
    if not run:
        return Verdict(Says.GOOD)
    kind = _kind_of_run(run)
    soft = kind in SOFT_KINDS
    failed = [one.attempt for one in run]
    if (soft or kind in _SAID_KINDS) and all(is_working(one) for one in failed):
        # Whoever repairs a site is done some day, whatever status says so: only another visit may say that it stays so.
        sure = certainty(failed, OTHER_VISIT, same_method=True)
        return Verdict(Says.BAD, kind, sure, tuple(failed))
    if kind in _SAID_KINDS and any(_shows_what_was_linked(one, link, around) for one in failed):
        return Verdict(Says.BAD, kind, Certainty(len(failed), (), dt.timedelta(0), False), tuple(failed))
    # An empty answer of another site may be what it gives to whoever it does not know: a browser has to see it, too.
    alone = soft and (link.internal or not all(is_empty(one) for one in failed))
    sure = certainty(failed, read_spacing if soft else spacing, same_method=alone)
    if not sure.certain and any(one.strong and one.kind == kind for one in run):
        sure = Certainty(sure.failed_times, sure.methods, sure.span, True)
    return Verdict(Says.BAD, kind, sure, tuple(failed))


# Kinds found in an answer that came and was read; a second reading is a second look by whatever method.
SOFT_KINDS = frozenset({"soft_404", "redirected_home", "wrong_content", "empty_file", "hijacked"})


def _kind_of_run(run: Sequence[Look]) -> str:
    # A browser words network failures more coarsely than the plain client: it names the kind only when alone.
    plain = [one for one in run if one.attempt.via != "browser"] or list(run)
    counted = Counter(one.kind for one in plain)
    best = max(counted.values())
    return next(one.kind for one in reversed(plain) if counted[one.kind] == best)


def look(attempt: Attempt, link: Asked, around: Surroundings) -> Look:
    """Returns what one attempt says about the link."""
    outcome = attempt.outcome
    if "parked:no_site.unfiled" in attempt.signs:
        return Look(attempt, Says.BAD, "soft_404")  # nobody is let in, whoever asks
    if outcome is FetchOutcome.BLOCKED or attempt.status in BLOCKING:
        return Look(attempt, Says.BLOCKED, reason=Absence.BLOCKED)
    if (turned := _turned_away(attempt)) is not None:
        return Look(attempt, Says.BLOCKED, reason=turned)
    if outcome is FetchOutcome.PRIVATE and leads_inside(attempt):
        # Whoever is sent to 10.x cannot open it: that is what the server says, not how a name resolves here.
        return Look(attempt, Says.BAD, "soft_404")
    if outcome in NEVER_ASKED:
        return Look(attempt, Says.NOTHING, reason=NEVER_ASKED[outcome])
    if outcome is FetchOutcome.SCHEME:
        return Look(attempt, Says.NOTHING)
    if attempt.via == "head":
        # HEAD may prove success, never failure, and it never proves that what comes is what was meant.
        plain = outcome is FetchOutcome.OK and not _strayed_home(attempt, link, around)
        return Look(attempt, Says.GOOD if plain else Says.NOTHING, reason=None if plain else Absence.UNDECIDED)
    if outcome.failed:
        return Look(attempt, Says.BAD, _KIND_OF[outcome])
    return _content(attempt, link, around)


def _content(attempt: Attempt, link: Asked, around: Surroundings) -> Look:
    if _is_hijacked(attempt, link):
        return Look(attempt, Says.BAD, "hijacked", strong=True)
    if _asks_login(attempt, link):
        return Look(attempt, Says.BLOCKED, reason=Absence.LOGIN)
    if _strayed_home(attempt, link, around):
        return Look(attempt, Says.BAD, "redirected_home")
    if _is_empty_file(attempt, link, around):
        return Look(attempt, Says.BAD, "empty_file")
    signed = bool(soft_signs(attempt))
    if _is_wrong_content(attempt, link):
        return Look(attempt, Says.BAD, "wrong_content", strong=signed)
    if _shows_nothing(attempt, link, around) or _jumps_home(attempt, link, around):
        return Look(attempt, Says.BAD, "soft_404")
    if is_working(attempt) and bare(link.url) not in around.articles:
        return Look(attempt, Says.BAD, "soft_404")
    random = _like_random(attempt, link, around)
    if signed and (random is not None or bare(link.url) not in around.articles):
        # Words alone accuse no article: it may speak of lost pages, or of bus line 404.
        return Look(attempt, Says.BAD, "soft_404", strong=random is not None)
    if random is not None and (_denies(attempt) or _denies(random)):
        return Look(attempt, Says.BLOCKED, reason=Absence.BLOCKED)  # whoever asks, and for whatever: as 403 does
    if random is not None:
        if soft_signs(random):
            return Look(attempt, Says.BAD, "soft_404", strong=True)
        if (framed := _framed(attempt, link, random, around)) is not None:
            return framed
        if host_of(attempt.final_url or link.url) in around.telling:
            return Look(attempt, Says.BAD, "soft_404", strong=True)
        various = host_of(attempt.final_url or link.url) in around.various
        if various and _like_home(random, around) and (attempt.text_length or 0) >= 200:
            return Look(attempt, Says.BAD, "soft_404", strong=True)
        # The same text for everything may be the frame that a script fills: no proof either way.
        if normalise(link.url) in around.drawn:
            return Look(attempt, Says.GOOD, read=True)
        return Look(attempt, Says.NOTHING, reason=Absence.UNDECIDED)
    read = attempt.text_length is not None or bool(attempt.sketch or attempt.signs or attempt.sniffed)
    return Look(attempt, Says.GOOD, read=read)


def _framed(attempt: Attempt, link: Asked, random: Attempt, around: Surroundings) -> Look | None:
    """Returns what an answer says that is the frame of an application, which its host gives to nonsense as well: what a
    browser saw drawn into it. None where it is no frame."""
    page = normalise(link.url)
    if page in around.drawn and (page in around.framed or _is_slight(random)):
        return Look(attempt, Says.GOOD, read=True)
    if page in around.framed or (link.internal and page not in around.pages and _is_slight(random)):
        return Look(attempt, Says.NOTHING, reason=Absence.SCRIPTED)
    return None


def _is_slight(random: Attempt) -> bool:
    return (random.text_length or 0) < SLIGHT and random.sniffed == "html" and not random.signs


def soft_signs(attempt: Attempt) -> tuple[str, ...]:
    """Returns the signs by which the text of an answer says itself that there is no such page."""
    return tuple(sign for sign in attempt.signs if _has_prefix(sign, words("verdicts", "soft_404", "signs")))


def is_working(attempt: Attempt) -> bool:
    """Returns whether an answer shows nothing but that its site is being worked on."""
    return any(_has_prefix(sign, ("working",)) for sign in attempt.signs)


def _turned_away(attempt: Attempt) -> Absence | None:
    """Returns why a page is not shown to whoever asks now, where that is all it says, with whatever status: a log-in is
    wanted, or its hours of service are over. None for any other."""
    if any(_has_prefix(sign, ("login",)) for sign in attempt.signs):
        return Absence.LOGIN
    return Absence.BLOCKED if any(_has_prefix(sign, ("closed",)) for sign in attempt.signs) else None


def _denies(attempt: Attempt) -> bool:
    return any(_has_prefix(sign, ("denied",)) for sign in attempt.signs)


def is_empty(attempt: Attempt) -> bool:
    """Returns whether an answer that should have contents has not a single byte of them. 204 and 205 have none."""
    empty = attempt.sniffed == "empty" or (attempt.length == 0 and not attempt.sniffed and attempt.status == 200)
    return empty and attempt.status not in (204, 205) and attempt.via != "browser"


def leads_inside(attempt: Attempt) -> str:
    """Returns the private address a redirect leads to, as it is written in it; "" where it leads to none."""
    target = attempt.final_url or (attempt.hops[-1].location if attempt.hops else "")  # a browser came nowhere
    return target if attempt.hops and private_reason(target) else ""


_SAID_KINDS = frozenset({"not_found", "server_error"})
_TOLD = 6  # characters of a link's text from which its coming back in a title is no chance


def _shows_what_was_linked(attempt: Attempt, link: Asked, around: Surroundings) -> bool:
    """Returns whether an answer with the status of a failure has the title its link promises: a visitor sees the page
    and no error, whatever machines are told. Whether that is a defect is for a person.

    seen: ASP sites whose handler of 404 writes the articles (pseudo-static addresses) and leaves the status as it was.
    """
    if not attempt.title or soft_signs(attempt) or attempt.via == "head":
        return False
    title = fold_title(attempt.title)
    texts = {fold_title(o.text) for o in whole(link, around.links).occurrences}
    return any(len(text) >= _TOLD and text in title for text in texts)


def _shows_nothing(attempt: Attempt, link: Asked, around: Surroundings) -> bool:
    """Returns whether a page that people open is empty."""
    if not is_empty(attempt) or attempt.outcome is not FetchOutcome.OK:
        return False
    meant = whole(link, around.links)
    return bool(elements(meant) & {Element.A, Element.IFRAME}) and not is_file(meant) and not is_picture(meant)


def _jumps_home(attempt: Attempt, link: Asked, around: Surroundings) -> bool:
    """Returns whether the page at the address of a document does nothing but go to the home page."""
    if LEADS_HOME not in attempt.signs or normalise(link.url) in around.home_urls or is_home_like(link.url):
        return False
    return _names_document(link.url) and not _named_home(whole(link, around.links))


def private_reason(url: str) -> str:
    """Returns why an address opens only inside a house (Chinese: 本机文件, 内网地址, 内网主机名), "" for others.

    What stands behind the scheme of an application (baiduboxapp://swan/…, market://details) names no machine.
    """
    if url[:5].lower() == "file:":
        return "本机文件"
    return _inside(host_of(url)) if is_http(url) else ""


@lru_cache(4096)
def _inside(host: str) -> str:
    if not host:
        return ""
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        if host == "localhost" or host.endswith(".localhost"):
            return "本机地址"
        return "内网主机名" if "." not in host else ""
    mapped = getattr(address, "ipv4_mapped", None) or address
    if any(mapped in network for network in _PRIVATE_NETWORKS if network.version == mapped.version):
        return "本机地址" if mapped.is_loopback else "内网地址"
    return ""


def _strayed_home(attempt: Attempt, link: Asked, around: Surroundings) -> bool:
    final = attempt.final_url
    if not attempt.hops or not final or normalise(final) == normalise(link.url):
        return False
    if normalise(link.url) in around.home_urls or is_home_like(link.url):
        return False
    at_home = normalise(final) in around.home_urls or is_home_like(final)
    if not at_home or registrable(host_of(final)) != registrable(host_of(link.url)):
        return False
    return _names_document(link.url) and not _named_home(whole(link, around.links))


def _names_document(url: str) -> bool:
    # Directories and entries of applications may rightly open at the root; a file or a numbered page may not.
    path, _, query = url.partition("://")[2].partition("/")[2].partition("?")
    digits = sum(char.isdigit() for char in path.rpartition("/")[2] + query)
    return bool(extension(url)) or digits >= 3


def _named_home(link: LinkRecord) -> bool:
    return any(fold_title(o.text) in _home_words() for o in link.occurrences)


@cache
def _home_words() -> frozenset[str]:
    return frozenset(fold_title(word) for word in words("verdicts", "home", "words"))


def _asks_login(attempt: Attempt, link: Asked) -> bool:
    if not attempt.hops or not attempt.final_url:
        return False
    known = set(words("verdicts", "login", "parts"))
    return bool(known & _parts(attempt.final_url)) and not known & _parts(link.url)


def _parts(url: str) -> set[str]:
    rest = url.partition("://")[2].partition("?")[0].lower()
    return {piece for segment in rest.split("/") for piece in segment.replace("-", ".").replace("_", ".").split(".")}


def _is_hijacked(attempt: Attempt, link: Asked) -> bool:
    host = host_of(attempt.final_url or link.url)
    if link.internal or any(host.endswith("." + suffix) for suffix in words("verdicts", "hijack", "safe_suffixes")):
        return False
    return any(_has_prefix(sign, words("verdicts", "hijack", "signs")) for sign in attempt.signs)


def _has_prefix(sign: str, prefixes: Iterable[str]) -> bool:
    return any(sign == prefix or sign.startswith((prefix + ":", prefix + "_", prefix + ".")) for prefix in prefixes)


def elements(link: LinkRecord) -> frozenset[Element]:
    """Returns the kinds of elements that refer to the link, as far as occurrences were kept."""
    return frozenset(o.element for o in link.occurrences)


def is_file(link: LinkRecord) -> bool:
    """Returns whether the link is a document to download."""
    return Element.ATTACHMENT in elements(link) or extension(link.url) in words("verdicts", "files", "documents")


def is_picture(link: LinkRecord) -> bool:
    """Returns whether the link is a picture shown in a page."""
    return Element.IMG in elements(link) or extension(link.url) in words("verdicts", "files", "images")


def _is_empty_file(attempt: Attempt, link: Asked, around: Surroundings) -> bool:
    if not is_empty(attempt):
        return False
    meant = whole(link, around.links)
    return is_file(meant) or (is_picture(meant) and link.internal)


def _is_wrong_content(attempt: Attempt, link: Asked) -> bool:
    kind = extension(link.url)
    strict = words("verdicts", "files", "strict")
    kinds = words("verdicts", "files", "documents")
    if link.internal:
        # Pictures of other sites answer with a page where embedding is not wanted: that is no defect of the link.
        kinds += words("verdicts", "files", "images")
        strict += words("verdicts", "files", "images")
    if kind in kinds and CUT in attempt.signs:
        return True  # nothing opens it
    if attempt.via != "browser" and (
        (kind in strict and attempt.sniffed in {"json", "text"})
        or (kind in words("verdicts", "files", "marked") and attempt.sniffed == "binary")
    ):
        return True  # these begin with a mark of their own, whatever the server declares
    if attempt.sniffed != "html" or kind not in kinds:
        return False
    declared = attempt.content_type.lower()
    if attempt.via == "browser" and "html" not in declared:
        return False  # what a browser shows of a file is always a page: its viewer
    return not any(word in declared for word in words("verdicts", "files", "office_types"))


def _like_random(attempt: Attempt, link: Asked, around: Surroundings) -> Attempt | None:
    url = attempt.final_url or link.url
    if normalise(link.url) in around.home_urls or is_home_like(link.url):
        return None
    return next((random for random in nonsense_of(around.hosts.get(host_of(url))) if alike(attempt, random)), None)


def _like_home(random: Attempt, around: Surroundings) -> bool:
    return around.home is not None and alike(random, around.home)
