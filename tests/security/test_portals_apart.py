"""What one portal may reach, no other portal of the same targets.toml and night reaches, by whatever way."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from crawler.browser.browsers import Found
from crawler.browser.service import BrowserService
from crawler.browser.visit import Wait
from crawler.net.fetcher import Fetcher
from crawler.net.message import FetchRequest
from crawler.probe.probes import probe_host
from crawler.targets import parse_targets
from portal.artifacts import Absence, Attempt, FetchOutcome, LinkRecord
from portal.model import Targets
from storage.bundle import Bundle
from tests.app.run import mingcha
from tests.browser.site import Site, html
from tests.net.servers import DnsServer, Records, soa
from tests.probe.rows import kept
from tests.security.pages import WAYS, asking
from tests.security.traps import trap
from tests.security.vantage import SEES_ALL

SHORT = Wait(quiet=0.3, cap=3.0)
INNER = "inner.gov.cn"
NAMES = ("lan", "twin", "out")
OPEN = {"lan": ["127.0.0.1", "::1"], "twin": ["::1", "127.0.0.1"], "out": []}


def written(portals: dict[str, str], opened: dict[str, list[str]], *network: str) -> str:
    """Returns a targets.toml with portals (id -> home), what each may reach, and further lines of [network]."""
    text = "".join(
        f'[[portal]]\nid = "{name}"\nhome = "{home}"\nrate = 1000\nallow_private = {json.dumps(opened[name])}\n'
        for name, home in portals.items()
    )
    return "\n".join((text + "[network]", *network, ""))


def read(port: int = 80) -> Targets:
    """Returns portals whose homes are on this machine."""
    return parse_targets(written(dict.fromkeys(NAMES, f"http://127.0.0.1:{port}/"), OPEN, "sealed = true"))


async def test_the_fetcher_of_a_portal_reaches_what_that_portal_may() -> None:
    async with trap() as inside:
        targets = read(inside.port)
        for portal, outcome in zip(
            targets.portals, (FetchOutcome.OK, FetchOutcome.OK, FetchOutcome.PRIVATE), strict=True
        ):
            async with Fetcher(targets.network_of(portal), portal) as fetcher:
                url = f"http://localhost:{inside.port}/{portal.id}"
                assert (await fetcher.fetch(FetchRequest(url))).attempt.outcome is outcome
        assert [met.partition("/")[2] for met in inside.met] == ["lan", "twin"]


async def test_a_name_inside_the_house_leads_there_for_its_portal_alone() -> None:
    async with trap() as inside, DnsServer({(INNER, "A"): ["127.0.0.1"]}) as names:
        text = "".join(f'[[portal]]\nid = "{name}"\nhome = "http://{INNER}/"\nrate = 1000\n{own}' for name, own in (
            ("given", f'[portal.network]\nhosts = {{ "{INNER}" = "127.0.0.1:{inside.port}" }}\n'),
            ("told", f'[portal.network]\nnameservers = ["{names.nameserver}"]\n'),
            ("out", ""),
        ))  # fmt: skip
        targets = parse_targets(f"{text}[network]\nsealed = true\n")
        met = {}
        for portal in targets.portals:
            async with Fetcher(targets.network_of(portal), portal) as fetcher:
                url = f"http://{INNER}:{inside.port}/{portal.id}"
                met[portal.id] = (await fetcher.fetch(FetchRequest(url))).attempt.outcome
        # An address that was given is trusted; what a name server says is vetted.
        assert met == {"given": FetchOutcome.OK, "told": FetchOutcome.PRIVATE, "out": FetchOutcome.DNS_UNKNOWN}
        assert [each.partition("/")[2] for each in inside.met] == ["robots.txt", "given"]


async def test_probes_of_a_portal_over_both_families_do_too() -> None:
    records: Records = {(INNER, "A"): ["127.0.0.1"], (INNER, "AAAA"): ["::1"]}
    records |= {("gov.cn", "SOA"): [soa("gov.cn")], ("gov.cn", "NS"): [f"{INNER}."]}
    async with trap() as inside, DnsServer(records) as names:
        url = f"http://{INNER}:{inside.port}/"
        targets = parse_targets(written(dict.fromkeys(NAMES, url), OPEN, f'nameservers = ["{names.nameserver}"]'))
        met = {}
        for portal in targets.portals:
            inside.met.clear()
            async with Fetcher(targets.network_of(portal), portal) as fetcher:
                record = await probe_host(INNER, url, fetcher, fetcher.resolver, SEES_ALL, inner=((url, 2),), times=1)
            asked = (*record.ipv4, *record.ipv6, *(link.attempt for link in record.inner))
            assert {attempt.via for attempt in asked} == {"get4", "get6"}
            met[portal.id] = len(inside.met), {attempt.outcome for attempt in asked}
        assert met["out"] == (0, {FetchOutcome.PRIVATE})
        assert met["lan"] == met["twin"]
        assert FetchOutcome.OK in met["lan"][1]
        assert FetchOutcome.PRIVATE not in met["lan"][1]


@pytest.mark.browser
async def test_a_page_in_the_browser_reaches_what_its_portal_may(site: Site, found: Found) -> None:
    few = {name: WAYS[name] for name in ("fetch", "img")}
    home = "http://www.qingshi.gov.cn/"
    lines = ("sealed = true", f'hosts = {{ "www.qingshi.gov.cn" = "127.0.0.1:{site.port}" }}')
    targets = parse_targets(written(dict.fromkeys(NAMES, home), OPEN, *lines))
    met = {}
    for portal in targets.portals:
        async with trap() as inside, BrowserService(targets.network_of(portal), found=found) as service:
            site.page("/", asking([f"http://127.0.0.1:{inside.port}/"], few))
            assert "正文" in (await service.open(home, wait=SHORT, images=True)).html
            met[portal.id] = sorted(inside.met)
    assert met == {"lan": ["tcp GET /fetch", "tcp GET /img"], "twin": ["tcp GET /fetch", "tcp GET /img"], "out": []}


async def test_availability_of_a_portal_is_probed_where_it_may_be(tmp_path: Path) -> None:
    async with trap() as inside:
        homes = {name: f"http://127.0.0.1:{inside.port}/{name}" for name in NAMES}
        (tmp_path / "targets.toml").write_text(written(homes, OPEN, "sealed = true"), "utf-8")
        ran = await mingcha("probe", "--once", cwd=tmp_path)
        assert ran.code == 0, ran.err
        assert kept(tmp_path) == {"lan": ["ok"], "twin": ["ok"], "out": ["private"]}
        assert sorted(met.rpartition("/")[2] for met in inside.met) == ["lan", "twin"]
        assert "out  内网地址（0.0秒），不计入" in ran.out


@dataclass
class Three:
    """Three portals whose home pages link to the same inner server, on which one page is gone."""

    folder: Path
    site: Site
    nameserver: str

    def write(self, opened: dict[str, list[str]]) -> None:
        """Writes the targets.toml."""
        ends = ", ".join(f'"{name}.gov.cn" = "127.0.0.1:{self.site.port}"' for name in NAMES)
        lines = (f'nameservers = ["{self.nameserver}"]', f"hosts = {{ {ends} }}")
        homes = {name: f"http://{name}.gov.cn/" for name in NAMES}
        (self.folder / "targets.toml").write_text(written(homes, opened, *lines), "utf-8")

    def inside(self) -> list[str]:
        """Returns what the inner server was asked for since the last call."""
        asked = sorted(path for _, host, path in self.site.asked if host == INNER)
        self.site.asked.clear()
        return asked

    def link(self, bundle: Path, path: str) -> LinkRecord:
        """Returns what an audit holds of a link to the inner server."""
        with Bundle.open(bundle, write=False) as opened:
            (link,) = (one for one in opened.all(LinkRecord) if one.url == f"http://{INNER}:{self.site.port}{path}")
        return link

    def last(self, bundle: Path, path: str) -> Attempt:
        """Returns its last attempt."""
        return self.link(bundle, path).attempts[-1]


@pytest.fixture
async def three(tmp_path: Path) -> AsyncIterator[Three]:
    """Three portals, two of which may reach the inner server."""
    site = Site()
    await site.start()
    site.page("/good", html("内部系统", "<p>正文</p>"), INNER)
    links = "".join(f"<a href='http://{INNER}:{site.port}{path}'>内部系统</a>" for path in ("/good", "/gone"))
    for name in NAMES:
        site.page("/", html("某县人民政府", f"<p>正文</p>{links}"), f"{name}.gov.cn")
    async with DnsServer({(INNER, "A"): ["127.0.0.1"]}) as names:
        made = Three(tmp_path, site, names.nameserver)
        made.write(OPEN)
        yield made
    await site.stop()


WORDS = ("--no-browser", "--only", "broken_links", "--spacing", "0")


async def test_in_one_night_nobody_shares_what_only_another_may_know(three: Three) -> None:
    folder = three.folder
    ran = await mingcha("nightly", "lan", "out", "--no-browser", "--no-canary", "--out", "nights", cwd=folder)
    assert ran.code in (0, 3), ran.err
    (lan,), (out,) = (tuple((folder / "nights").glob(f"*/{name}/bundle")) for name in ("lan", "out"))
    assert set(three.inside()) == {"/good", "/gone"}
    assert (three.last(lan, "/good").outcome, three.last(lan, "/gone").status) == (FetchOutcome.OK, 404)
    assert {three.last(out, path).outcome for path in ("/good", "/gone")} == {FetchOutcome.PRIVATE}
    # A portal that may reach the same takes over what was found good; one that may not is told nothing of it.
    assert (await mingcha("audit", "twin", *WORDS, "--out", "twin", cwd=folder)).code == 0
    assert set(three.inside()) == {"/gone"}
    assert three.last(folder / "twin" / "bundle", "/good").known
    ran = await mingcha("audit", "out", *WORDS, "--fresh", "--out", "out", cwd=folder)
    assert three.inside() == []
    assert three.last(folder / "out" / "bundle", "/good").outcome is FetchOutcome.PRIVATE
    (told,) = (json.loads(line) for line in (folder / "out" / "results.jsonl").read_text("utf-8").splitlines())
    assert told["coverage"]["skipped"] == {Absence.PRIVATE: 2}
    assert (folder / "out" / "findings.jsonl").read_text("utf-8") == ""


async def test_what_is_closed_again_is_neither_carried_over_nor_looked_at_again(three: Three) -> None:
    folder = three.folder
    assert (await mingcha("audit", "lan", *WORDS, "--out", "a1", cwd=folder)).code == 0
    assert set(three.inside()) == {"/good", "/gone"}
    assert (await mingcha("recheck", "lan", "--no-browser", "--spacing", "0", cwd=folder)).code == 0
    assert set(three.inside()) == {"/gone"}
    three.write(OPEN | {"lan": []})
    await mingcha("recheck", "lan", "--no-browser", "--spacing", "0", cwd=folder)
    assert three.inside() == []
    await mingcha("audit", "lan", *WORDS, "--rolling", "--out", "a2", cwd=folder)
    assert three.inside() == []
    assert three.last(folder / "a2" / "bundle", "/good").outcome is FetchOutcome.PRIVATE
    assert "other private networks" in (folder / "a2" / "bundle" / "audit.log").read_text("utf-8")
