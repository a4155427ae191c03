"""Names to addresses, by the rules of `[network]`: hosts first, then its name servers, else the system's resolver.

Answers are kept for a run, questions in flight are shared. "No such name" and "no such address" are told apart from
"could not tell" (SERVFAIL, silence): only the first two say something about the portal.
"""

from __future__ import annotations

import asyncio
from typing import Any

import dns.asyncresolver
import dns.exception
import dns.flags
import dns.name
import dns.resolver
from msgspec import Struct

from crawler.net.guard import literal, split_endpoint
from portal.artifacts import DnsAnswer, DnsStatus
from portal.model import Network

_RETRY_UNKNOWN = 30.0  # seconds after which a question that came to nothing is asked again


class Endpoint(Struct, frozen=True):
    """Where to connect for a host: address, family (4 or 6), a port instead of the URL's, whether it was given."""

    address: str
    family: int
    port: int | None = None
    given: bool = False  # from [network] hosts: trusted by the operator


class ResolveError(Exception):
    """A host has no usable address; `status` says whether that is known of the name or could not be told."""

    def __init__(self, host: str, status: DnsStatus, text: str) -> None:
        super().__init__(f"{host}: {text}")
        self.host = host
        self.status = status
        self.text = text


class Resolver:
    """Resolves host names and asks DNS questions for one run; `timeout` is seconds for one question, retries in it."""

    def __init__(self, network: Network, *, timeout: float = 6.0) -> None:
        self.network = network
        self.questions = 0  # sent to name servers
        self._timeout = timeout
        self._hosts = {
            name.lower().rstrip("."): tuple(split_endpoint(a) for a in given) for name, given in network.hosts.items()
        }
        self._flights: dict[tuple[str, str], asyncio.Task[DnsAnswer]] = {}
        self._answers: dict[tuple[str, str], tuple[DnsAnswer, float]] = {}
        self._resolver: dns.asyncresolver.Resolver | None = None

    async def resolve(self, host: str, family: int = 0) -> tuple[Endpoint, ...]:
        """Returns where to connect, IPv4 before IPv6, or only of one family (4, 6). Not vetted.

        IPv6 is asked for only when it is wanted or there is no IPv4. Raises ResolveError when there is none.
        """
        host = host.lower().rstrip(".")
        given = self._hosts.get(host)
        if given is not None:
            found = tuple(Endpoint(a, 6 if ":" in a else 4, port, given=True) for a, port in given)
            found = tuple(sorted((e for e in found if family in (0, e.family)), key=lambda e: e.family))
            if not found:
                raise ResolveError(host, DnsStatus.NO_ANSWER, f"no IPv{family} address in [network] hosts")
            return found
        if address := literal(f"[{host}]" if ":" in host else host):
            own = 6 if ":" in address else 4
            if family not in (0, own):
                raise ResolveError(host, DnsStatus.NO_ANSWER, f"an IPv{own} address, not IPv{family}")
            return (Endpoint(address, own),)
        if host == "localhost" or host.endswith(".localhost"):  # RFC 6761: never asked of a name server
            both = (Endpoint("127.0.0.1", 4), Endpoint("::1", 6))
            return tuple(e for e in both if family in (0, e.family))
        last = DnsAnswer(DnsStatus.UNKNOWN)
        unknown: DnsAnswer | None = None
        for wanted, kind in ((4, "A"), (6, "AAAA")):
            if family not in (0, wanted):
                continue
            last = await self.query(host, kind)
            if last.status is DnsStatus.ANSWER:
                return tuple(Endpoint(value, wanted) for value in last.values)
            if last.status is DnsStatus.NXDOMAIN:
                break
            if last.status is DnsStatus.UNKNOWN:
                unknown = last
        # One family without an answer proves nothing while the other could not be asked.
        last = unknown or last
        raise ResolveError(host, last.status, last.error or last.status.value)

    async def query(self, name: str, kind: str) -> DnsAnswer:
        """Returns the answer to one question (A, AAAA, NS, SOA, CNAME), CNAME chains followed.

        Asked are `[network] nameservers`; without those, a name of `[network] hosts` is answered from there, and a
        sealed network answers nothing else (UNKNOWN). A family that `hosts` does not list is UNKNOWN too: the table
        says where to connect, not what DNS holds.
        """
        name = name.lower().rstrip(".")
        if not self.network.nameservers:
            if name in self._hosts and kind in ("A", "AAAA"):
                wanted = tuple(a for a, _ in self._hosts[name] if (":" in a) == (kind == "AAAA"))
                if not wanted:
                    return DnsAnswer(DnsStatus.UNKNOWN, error=f"[network] hosts lists no {kind} address of it")
                return DnsAnswer(DnsStatus.ANSWER, tuple(dict.fromkeys(wanted)))
            if self.network.sealed:
                return DnsAnswer(DnsStatus.UNKNOWN, error="sealed: the name is not in [network] hosts")
        key = (name, kind)
        now = asyncio.get_running_loop().time()
        if (kept := self._answers.get(key)) and (
            kept[0].status is not DnsStatus.UNKNOWN or now - kept[1] < _RETRY_UNKNOWN
        ):
            return kept[0]
        flight = self._flights.get(key)
        if flight is None:
            flight = asyncio.ensure_future(self._ask(name, kind))
            self._flights[key] = flight
            flight.add_done_callback(lambda task: self._landed(key, task))
        return await asyncio.shield(flight)

    def _landed(self, key: tuple[str, str], task: asyncio.Task[DnsAnswer]) -> None:
        self._flights.pop(key, None)
        if not task.cancelled() and task.exception() is None:
            self._answers[key] = (task.result(), asyncio.get_running_loop().time())

    async def _ask(self, name: str, kind: str) -> DnsAnswer:
        self.questions += 1
        try:
            resolver = self._asked()
            qname = dns.name.from_text(name)
        except dns.resolver.NoResolverConfiguration:
            return DnsAnswer(DnsStatus.UNKNOWN, error="this machine has no DNS resolver configured")
        except (dns.exception.DNSException, UnicodeError, ValueError) as error:
            return DnsAnswer(DnsStatus.NXDOMAIN, error=f"not a name DNS can hold: {error}")
        try:
            answer = await resolver.resolve(qname, kind, search=False, raise_on_no_answer=False)
        except dns.resolver.NXDOMAIN:
            return DnsAnswer(DnsStatus.NXDOMAIN, error="no such name")
        except dns.resolver.YXDOMAIN as error:
            return DnsAnswer(DnsStatus.NXDOMAIN, error=str(error))
        except dns.resolver.NoNameservers as error:
            return DnsAnswer(DnsStatus.UNKNOWN, error=_short(error))
        except (dns.exception.DNSException, OSError) as error:
            return DnsAnswer(DnsStatus.UNKNOWN, error=_short(error) or type(error).__name__)
        if kind in ("SOA", "NS") and answer.canonical_name != qname:
            return DnsAnswer(DnsStatus.NO_ANSWER, error="an alias into another zone")
        if answer.response.flags & dns.flags.TC:  # even over TCP: what is left out may be what was asked for
            return DnsAnswer(DnsStatus.UNKNOWN, error="the answer is cut off")
        values = tuple(sorted(_value(rdata, kind) for rdata in answer.rrset)) if answer.rrset is not None else ()
        if not values:
            return DnsAnswer(DnsStatus.NO_ANSWER, error=f"no {kind} record")
        return DnsAnswer(DnsStatus.ANSWER, values)

    def _asked(self) -> dns.asyncresolver.Resolver:
        if self._resolver is None:
            servers = self.network.nameservers
            resolver = dns.asyncresolver.Resolver(configure=not servers)
            if servers:
                resolver.nameservers = [_nameserver(text) for text in servers]
            resolver.lifetime = self._timeout
            resolver.timeout = min(2.0, self._timeout)
            self._resolver = resolver
        return self._resolver


def _nameserver(text: str) -> Any:
    from dns.nameserver import Do53Nameserver

    address, port = split_endpoint(text)
    return Do53Nameserver(address, port or 53)


def _value(rdata: Any, kind: str) -> str:
    if kind in ("A", "AAAA"):
        return str(rdata.address)
    if kind == "NS":
        return str(rdata.target).rstrip(".").lower()
    return str(rdata.to_text())


def _short(error: BaseException) -> str:
    return " ".join(str(error).split())[:200]
