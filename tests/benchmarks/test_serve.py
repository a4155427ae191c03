"""Serving: nginx and the plain server answer and log alike, over TLS and compressed too; traps do what they are for."""

from __future__ import annotations

import gzip
import shutil
import socket
import ssl
import urllib.request
from dataclasses import replace
from pathlib import Path

import dns.message
import dns.query
import dns.rcode
import pytest

from benchmarks.measure import traffic
from benchmarks.plan import CLOSED, Ports, Site
from benchmarks.serve import Served, ServeError, serve
from benchmarks.site import make
from tests.benchmarks.asking import answer

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin") is not None


@pytest.mark.skipif(not NGINX, reason="nginx is not installed")
def test_nginx_and_the_plain_server_answer_alike(site: Site, tmp_path: Path) -> None:
    addresses = [url for url in {**site.truth.good, **site.truth.broken} if url.startswith(site.plan.portal)]
    addresses += [f"{site.plan.portal}/xxgk", f"{site.plan.portal}/xxgk/lm01"]
    answers: list[dict[tuple[str, str], tuple[str, bytes]]] = []
    logs = []
    for plain in (True, False):
        # Ports of its own: the other fixture serves the same site.
        moved = make(replace(site.plan, ports=Ports.free()), tmp_path / f"site{plain}")
        with serve(moved, plain=plain) as served:
            assert served.server == ("plain" if plain else "nginx")
            mark = served.mark()
            got = {}
            for url in addresses:
                for method in ("GET", "HEAD"):
                    status, body = answer(url.replace(site.plan.portal, moved.plan.portal), method)
                    ports = str(moved.plan.ports.portal).encode(), str(moved.plan.ports.other).encode()
                    body = body.replace(ports[0], b"1").replace(ports[1], b"2")
                    got[url, method] = (status, body if status == "200" else b"")
            answers.append(got)
            logs.append(served.since(mark))
            seen = traffic(logs[-1], moved.truth)
            assert seen.pages == len(moved.truth.pages)
    assert {key: status for key, (status, _) in answers[0].items()} == {
        key: status for key, (status, _) in answers[1].items()
    }
    assert sorted(line.split(" ", 3)[:3] for line in logs[0]) == sorted(line.split(" ", 3)[:3] for line in logs[1])


@pytest.mark.parametrize("plain", [True, pytest.param(False, marks=pytest.mark.skipif(not NGINX, reason="no nginx"))])
def test_pages_come_compressed_over_tls_when_the_plan_says_so(plain: bool, site: Site, tmp_path: Path) -> None:
    secure = make(replace(site.plan, ports=Ports.free(), gzip=True, tls=True), tmp_path / "site")
    with serve(secure, plain=plain) as served:
        trusting = ssl.create_default_context(cafile=served.authority)
        request = urllib.request.Request(secure.truth.home, headers={"Accept-Encoding": "gzip"})
        with urllib.request.urlopen(request, context=trusting, timeout=10) as response:
            assert response.headers["Content-Encoding"] == "gzip"
            assert "某市人民政府" in gzip.decompress(response.read()).decode()
        with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
            urllib.request.urlopen(secure.truth.home, timeout=10)


def test_every_name_is_unknown_to_the_name_server(plain: Served) -> None:
    question = dns.message.make_query("closed-bureau0.gov.internal", "A")
    answered = dns.query.udp(question, "127.0.0.1", port=plain.site.plan.ports.names, timeout=5)
    assert answered.rcode() == dns.rcode.NXDOMAIN
    assert answered.question == question.question


def test_a_refusing_port_is_kept_from_others(plain: Served) -> None:
    address = (CLOSED, plain.site.plan.ports.closed[0])
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, timeout=5)
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(address)


def test_a_taken_port_is_said_at_once(plain: Served) -> None:
    with pytest.raises(ServeError, match="make the site anew"), serve(plain.site, plain=True):
        pass
