"""No request of fetcher or probes reaches this machine or a network behind it, whatever leads there."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from crawler.net.fetcher import Fetcher
from crawler.net.guard import vet
from crawler.net.message import FetchRequest
from crawler.net.resolver import Endpoint, Resolver
from crawler.probe.probes import probe_host
from portal.artifacts import Attempt, FetchOutcome
from portal.model import Network
from tests.net.conftest import HOST, SITE, Reach, make_network, make_portal
from tests.net.servers import AwkwardServer, DnsServer, Records, soa
from tests.security.traps import DISGUISES, INNER, trap
from tests.security.vantage import SEES_ALL

# What stands for an address of the public Internet in these tests: the operator opened it.
OPENED = "127.0.0.2"


def written(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def kept_out(attempt: Attempt) -> None:
    assert attempt.outcome is FetchOutcome.PRIVATE, attempt
    assert (attempt.status, attempt.address) == (0, "")
    assert attempt.error


async def test_every_spelling_of_this_machine_is_known() -> None:
    async with trap() as inside, Fetcher(make_network(), make_portal()) as fetcher:
        for host in DISGUISES:
            for method in ("get", "head", "range"):
                kept_out((await fetcher.fetch(FetchRequest(f"http://{host}:{inside.port}/", method=method))).attempt)
        kept_out((await fetcher.fetch(FetchRequest(f"http://127.0.0.1:{inside.port}\\@www.a.gov.cn/"))).attempt)
        assert inside.met == []


async def test_every_spelling_is_known_in_a_redirect(reach: Reach) -> None:
    async with trap() as inside, reach() as (_, fetcher):
        for host in DISGUISES:
            target = f"http://{host}:{inside.port}/".encode().decode("latin-1")  # as the bytes of a header line
            attempt = (await fetcher.fetch(FetchRequest(f"{SITE}/to/{quote(target)}"))).attempt
            assert len(attempt.hops) == 1
            kept_out(attempt)
        assert inside.met == []


@pytest.mark.parametrize("address", INNER)
async def test_addresses_nobody_on_the_internet_has_are_not_asked(address: str) -> None:
    async with Fetcher(make_network(), make_portal()) as fetcher:
        kept_out((await fetcher.fetch(FetchRequest(f"http://{written(address)}/latest/meta-data/"))).attempt)


async def test_a_machine_reached_by_every_spelling_once_the_operator_says_so() -> None:
    # The trap works: opened, each spelling that the kernel itself leads to loopback reaches it.
    network = make_network(allow_private=("127.0.0.0/8", "0.0.0.0/32", "::/127"))
    async with trap() as inside, Fetcher(network, make_portal()) as fetcher:
        opened = [host for host in DISGUISES if not host.startswith("[") and host != "127.255.255.254"]
        for host in opened:
            attempt = (await fetcher.fetch(FetchRequest(f"http://{host}:{inside.port}/"))).attempt
            assert attempt.outcome is FetchOutcome.OK, (host, attempt)
        assert len(inside.met) == len(opened)


async def test_names_that_lead_inwards_are_not_followed_by_fetcher_and_probes() -> None:
    names = {f"h{number}.a.gov.cn": address for number, address in enumerate((*INNER, "127.0.0.1", "::1", "0.0.0.0"))}
    records: Records = {(name, "AAAA" if ":" in to else "A"): [to] for name, to in names.items()}
    records |= {("a.gov.cn", "SOA"): [soa("a.gov.cn")], ("a.gov.cn", "NS"): ["h0.a.gov.cn."]}
    async with trap() as inside, DnsServer(records) as names_server:
        network = Network(nameservers=(names_server.nameserver,))
        async with Fetcher(network, make_portal()) as fetcher:
            for name, address in names.items():
                url = f"http://{name}:{inside.port}/"
                kept_out((await fetcher.fetch(FetchRequest(url))).attempt)
                record = await probe_host(
                    name, url, fetcher, fetcher.resolver, SEES_ALL, inner=((url, 2),) if ":" in address else (), times=2
                )
                asked = (*record.ipv4, *record.ipv6, *(link.attempt for link in record.inner))
                # Links of a silent page are left alone; a link alone is asked where no true AAAA is there.
                disguised = address.startswith(("::ffff:", "64:ff9b::")) and not address.startswith("::ffff:0:")
                assert len(asked) == (1 if disguised else 2), address
                assert record.random_page is not None
                assert record.random_file is not None
                for attempt in (*asked, record.random_page, record.random_file):
                    kept_out(attempt)
        assert inside.met == []


class Turning(Resolver):
    """Leads a name to OPENED the first time, and to this machine ever after."""

    asked = 0

    async def resolve(self, host: str, family: int = 0) -> tuple[Endpoint, ...]:
        """Returns one address."""
        self.asked += 1
        return (Endpoint(OPENED if self.asked == 1 else "127.0.0.1", 4),)


async def test_the_address_of_every_connection_is_vetted_and_not_its_name() -> None:
    network = Network(allow_private=(f"{OPENED}/32",), sealed=True)
    async with AwkwardServer(OPENED) as portal, trap(portal.port) as inside:
        url = f"http://{HOST}:{portal.port}/ok"
        async with Fetcher(network, make_portal(), resolver=Turning(network)) as fetcher:
            first = (await fetcher.fetch(FetchRequest(url, purpose="robots"))).attempt
            assert (first.outcome, first.address) == (FetchOutcome.OK, OPENED)
            # A connection to the good address is open and would serve: it is the new address that counts.
            kept_out((await fetcher.fetch(FetchRequest(url, purpose="robots"))).attempt)
        assert inside.met == []


async def test_a_name_that_turns_inwards_stays_where_it_was_found_and_is_refused_the_next_night() -> None:
    records: Records = {(HOST, "A"): [OPENED]}
    async with AwkwardServer(OPENED) as portal, trap(portal.port) as inside, DnsServer(records) as names:
        network = Network(nameservers=(names.nameserver,), allow_private=(f"{OPENED}/32",))
        url = f"http://{HOST}:{portal.port}/ok"
        async with Fetcher(network, make_portal()) as fetcher:
            for _ in range(2):
                attempt = (await fetcher.fetch(FetchRequest(url))).attempt
                assert (attempt.outcome, attempt.address) == (FetchOutcome.OK, OPENED)
                records[HOST, "A"] = ["127.0.0.1"]
        async with Fetcher(network, make_portal()) as fetcher:
            kept_out((await fetcher.fetch(FetchRequest(url))).attempt)
        assert inside.met == []


async def test_of_several_addresses_only_those_that_may_be_are_tried() -> None:
    async with trap() as inside, DnsServer({(HOST, "A"): [OPENED, "127.0.0.1"], (HOST, "AAAA"): ["::1"]}) as names:
        network = Network(nameservers=(names.nameserver,), allow_private=(f"{OPENED}/32",))
        async with Fetcher(network, make_portal()) as fetcher:
            url = f"http://{HOST}:{inside.port}/robots.txt"
            attempt = (await fetcher.fetch(FetchRequest(url, purpose="robots"))).attempt
            assert attempt.outcome is FetchOutcome.REFUSED  # nobody listens at the good address
            kept_out((await fetcher.fetch(FetchRequest(url, purpose="robots", family=6))).attempt)
        assert inside.met == []


async def test_a_proxy_of_the_environment_is_not_asked_to_resolve_for_us(monkeypatch: pytest.MonkeyPatch) -> None:
    async with trap() as proxy, AwkwardServer() as portal:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        async with Fetcher(make_network({HOST: portal.endpoint}), make_portal()) as fetcher:
            assert (await fetcher.fetch(FetchRequest(f"{SITE}/ok"))).attempt.outcome is FetchOutcome.OK
            kept_out((await fetcher.fetch(FetchRequest(f"http://127.0.0.1:{proxy.port}/"))).attempt)
        assert proxy.met == []


async def test_an_address_within_an_opened_network_opens_no_other() -> None:
    network = Network(allow_private=("10.0.0.0/8",))
    assert vet("10.1.2.3", network) == vet("::ffff:10.1.2.3", network) == ""
    for address in ("127.0.0.1", "192.168.1.1", "::ffff:127.0.0.1", "2001:0:a00:1::80ff:fffe"):
        assert vet(address, network), address
