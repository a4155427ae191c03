"""The sites as they are served: every defect behaves as the truth says, every trap as its reason says."""

from __future__ import annotations

import asyncio
import datetime as dt
import socket
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import aiohttp
import dns.asyncquery
import dns.message
import dns.rcode
import pytest
from lxml import etree
from yarl import URL

from crawler.targets import load_targets
from tests.portal import AS_OF, Served, build, serve
from tests.portal.subjects import canonical

HTML = "text/html"
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Got:
    """An answer as a plain client received it."""

    url: str
    status: int
    content_type: str
    location: str
    body: bytes


class Client:
    """A plain client without redirects, retries or manners; TLS is looked at by tests of its own."""

    def __init__(self, served: Served, session: aiohttp.ClientSession) -> None:
        self.served = served
        self.session = session

    async def get(self, url: str, *, method: str = "GET", six: bool = False, cookies: str = "") -> Got:
        parts = urlsplit(url)
        ends = self.served.targets.network.hosts[parts.hostname or ""]
        end = next(e for e in ends if e.startswith("[") == six)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        headers = {"Host": parts.hostname or "", **({"Cookie": cookies} if cookies else {})}
        request = URL(f"http://{end}{target}", encoded=True)
        async with self.session.request(method, request, headers=headers, allow_redirects=False) as answer:
            kind = answer.headers.get("Content-Type", "")
            return Got(url, answer.status, kind, answer.headers.get("Location", ""), await answer.read())


@pytest.fixture
async def client(request: pytest.FixtureRequest) -> AsyncIterator[Client]:
    """Yields a client of a world served for one test alone, so that counting answers start fresh."""
    as_of, seed = getattr(request, "param", (AS_OF, 1))
    async with serve(build(as_of, seed)) as served, aiohttp.ClientSession() as session:
        yield Client(served, session)


def _page(got: Got) -> etree._Element:
    encoding = "utf-8" if "utf-8" in got.content_type.lower() else "gb18030"
    return etree.fromstring(got.body.decode(encoding).encode(), etree.HTMLParser(encoding="utf-8"))


def _links(got: Got) -> set[str]:
    tree = _page(got)
    base = next((urljoin(got.url, b.get("href", "")) for b in tree.iter("base")), got.url)
    encoding = "utf-8" if "utf-8" in got.content_type.lower() else "gb18030"
    found = set()
    for element in tree.iter("a", "img", "script", "link", "iframe", "frame", "option", "video"):
        value = element.get("href") or element.get("src") or element.get("value") or ""
        if not value.strip():
            continue
        address = urljoin(base, value.strip())
        if urlsplit(address).scheme not in ("http", "https"):
            continue
        path, _, query = address.split("#")[0].partition("?")
        raw = query.encode(encoding)  # as browsers do: the path in UTF-8, the query in the page's encoding
        escaped = "".join(chr(b) if b < 128 else f"%{b:02X}" for b in raw)
        found.add(canonical(path + (f"?{escaped}" if query else "")))
    return found


@pytest.mark.parametrize("client", [(AS_OF, 1), (dt.date(2027, 3, 1), 5)], indirect=True)
async def test_all_links_that_fail_are_in_the_truth_and_nothing_else_fails(client: Client) -> None:
    world = client.served.world
    cookie = ""
    for site in world.sites:
        if not site.measurable:
            continue
        if site.id == "yunmen":
            first = await client.get(site.home)
            assert first.status == 521
            cookie = first.body.decode().split("document.cookie=")[1].split(";path")[0]
            cookie = "".join(part for part in cookie.replace("(", "").replace(")", "").split("'") if part != "+")
        own = {urlsplit(site.home).hostname or "", *site.hosts}
        broken = {canonical(e.subject) for e in world.truth if e.portal == site.id and e.check == "broken_links"}
        fine = {canonical(t.subject) for t in world.traps if t.portal == site.id and t.check == "broken_links"}
        failed: set[str] = set()
        seen: set[str] = set()
        front = world.hosts[urlsplit(site.home).hostname or ""]
        alone = ("/yonghu", "/liulan", "/jiekou", "/souyisou")  # not without their query, or not at all
        written = {canonical(urljoin(site.home, p)) for p in front.routes if not p.startswith(alone)}
        todo = [site.home, *(written - broken)]  # what scripts link to counts as reached
        while todo:
            url = todo.pop()
            if url in seen or any(urlsplit(url).path.startswith(p) for p in (*site.bounded, *site.never)):
                continue
            seen.add(url)
            host = urlsplit(url).hostname or ""
            if host not in world.hosts or world.hosts[host].place != "http" or url.startswith("https"):
                failed.add(url)
                continue
            got = await client.get(url, cookies=cookie if site.id == "yunmen" else "")
            again = got.status in (429, 503) and await client.get(url)
            got = again or got
            if (
                got.status in (404, 500, 502)
                or (got.status == 302 and got.location == "/" and got.url not in fine)
                or url in broken
            ):
                failed.add(url)
            elif got.location:
                todo.append(canonical(urljoin(url, got.location)))
            elif got.status == 200 and host in own and got.content_type.startswith(HTML):
                todo += _links(got) - seen
        assert failed <= broken, f"{site.id}: undeclared"
        assert broken <= failed, f"{site.id}: not reached, or does not fail"
        assert len(seen) > 30, site.id


async def test_the_redirect_loop_loops(client: Client) -> None:
    url = "http://www.mingzhou.gov.cn/dongjing/huigu/a.html"
    passed = []
    for _ in range(4):
        got = await client.get(url)
        url = urljoin(url, got.location)
        passed.append(url)
    assert passed[0] == passed[2] != passed[1] == passed[3]


async def test_dead_doors_are_dead(client: Client) -> None:
    hosts = client.served.targets.network.hosts

    def end(name: str) -> tuple[str, int]:
        address, port = hosts[name][0].rsplit(":", 1)
        return address, int(port)

    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(*end("oa.mzjsjt.com.cn"))
    reader, writer = await asyncio.open_connection(*end("data.mzstat.cn"))
    writer.write(b"GET / HTTP/1.1\r\nHost: data.mzstat.cn\r\n\r\n")
    await writer.drain()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.read(1), 0.3)
    writer.close()


@pytest.mark.parametrize(("name", "why"), [("pay.mzgas.cn", "expired"), ("www.mzwater.cn", "mismatch")])
async def test_certificates_are_wrong_in_their_way(client: Client, name: str, why: str) -> None:
    address, port = client.served.targets.network.hosts[name][0].rsplit(":", 1)
    loose = ssl.create_default_context()
    loose.check_hostname = False
    loose.verify_mode = ssl.CERT_NONE
    _, writer = await asyncio.open_connection(address, int(port), ssl=loose, server_hostname=name)
    certificate = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    from cryptography import x509

    read = x509.load_der_x509_certificate(certificate)
    names = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(x509.DNSName)
    assert (name in names) == (why == "expired")
    assert (read.not_valid_after_utc.year < 2026) == (why == "expired")


async def test_the_traps_of_the_sample_behave_as_said(client: Client) -> None:
    async def status(url: str, method: str = "GET") -> int:
        return (await client.get(url, method=method)).status

    assert (await status("http://www.mzmuseum.cn/", "HEAD"), await status("http://www.mzmuseum.cn/")) == (405, 200)
    assert [await status("http://www.mzexpress.cn/") for _ in range(2)] == [429, 200]
    assert [await status("http://www.mingzhou.gov.cn/bangzhu/ditu.html") for _ in range(2)] == [503, 200]
    assert await status("http://www.provx.gov.cn/") == 412
    assert await status("http://www.mingzhou.gov.cn/liulan?lb=%B9%AB%B8%E6") == 200
    assert await status("http://www.mingzhou.gov.cn/liulan?lb=%E5%85%AC%E5%91%8A") == 404
    assert await status("http://www.shiqiaoqu.gov.cn/no-such-thing-at-all") == 200
    assert await status("http://www.mingzhou.gov.cn/yueli/2031-12.html") == 200


async def test_searches_know_what_they_should(client: Client) -> None:
    word = "%B9%DC%C0%ED%B0%EC%B7%A8"  # 管理办法 in GBK
    got = await client.get(f"http://so.mingzhou.gov.cn/sou?ci={word}")
    assert "管理办法" in got.body.decode("gb18030")
    assert "约 0 条" not in got.body.decode("gb18030")
    broken = await client.get("http://www.linjiangxq.gov.cn/souyisou?w=a")
    assert broken.status == 500


async def test_ipv6_differs_as_the_truth_says(client: Client) -> None:
    if not client.served.has_six:
        pytest.skip("this machine has no ::1")
    four, six = [await client.get("http://www.qinghex.gov.cn/", six=six) for six in (False, True)]
    assert "青禾县" in four.body.decode() and "nginx" in six.body.decode()
    same4, same6 = [await client.get("http://www.mingzhou.gov.cn/", six=six) for six in (False, True)]
    assert same4.body != same6.body, "the counter moves"
    assert len(_links(same4) ^ _links(same6)) == 0
    paths = [urlsplit(u) for u in client.served.world.site("shuangliu").unindexed]
    lost = [(await client.get(u.geturl(), six=True)).status for u in paths]
    assert 0.3 < lost.count(404) / len(lost) < 0.8
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.get("http://www.linjiangxq.gov.cn/", six=True)


async def test_the_name_server_answers(client: Client) -> None:
    async def ask(name: str, kind: str) -> dns.message.Message:
        query = dns.message.make_query(name, kind)
        return await dns.asyncquery.udp(query, "127.0.0.1", timeout=5, port=client.served.dns_port)

    assert "127.0.0.1" in str((await ask("www.mingzhou.gov.cn", "A")).answer)
    assert not (await ask("www.shiqiaoqu.gov.cn", "AAAA")).answer
    assert (await ask("www.mzjiaoyu-old.cn", "A")).rcode() == dns.rcode.NXDOMAIN
    assert (await ask("gov.cn", "A")).rcode() == dns.rcode.NOERROR
    assert "ns1.mingzhou.gov.cn" in str((await ask("mingzhou.gov.cn", "NS")).answer)
    assert not (await ask("dns1.yunmenx.gov.cn", "AAAA")).answer
    assert (await ask("www.mingzhou.gov.cn", "SOA")).authority
    if client.served.has_six:
        assert "::1" in str((await ask("www.mingzhou.gov.cn", "AAAA")).answer)
        assert "::1" in str((await ask("ns2.mingzhou.gov.cn", "AAAA")).answer)


async def test_rubbish_does_not_stop_the_name_server(client: Client) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"\x00\x01rubbish", ("127.0.0.1", client.served.dns_port))
    query = dns.message.make_query("www.mingzhou.gov.cn", "A")
    answer = await dns.asyncquery.udp(query, "127.0.0.1", timeout=5, port=client.served.dns_port)
    assert answer.answer


async def test_what_was_asked_is_logged(client: Client) -> None:
    await client.get("http://www.mingzhou.gov.cn/yonghu/likaile?do=logout")
    assert [s.target for s in client.served.asked("www.mingzhou.gov.cn", "/yonghu/")] == ["/yonghu/likaile?do=logout"]


def test_the_command_serves_what_targets_toml_says(tmp_path: Path) -> None:
    targets = tmp_path / "targets.toml"
    command = [sys.executable, "-m", "tests.portal.serve", "--as-of", "2026-10-21", "--write-targets", str(targets)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("ready: 7 sites")
        read = load_targets(targets)
        process.terminate()
        assert process.wait(30) == 0
    assert [portal.id for portal in read.portals] == [site.id for site in build().sites]
    assert set(read.network.hosts) == set(build().hosts)
    assert read.network.sealed


def test_the_command_ends_with_whoever_started_it() -> None:
    command = [sys.executable, "-m", "tests.portal.serve", "--until-eof"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        assert process.stdout.readline().startswith("ready")
        process.stdin.close()
        assert process.wait(30) == 0


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "tests.portal.serve", "--port", port]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "cannot serve the sample portal" in done.stderr
