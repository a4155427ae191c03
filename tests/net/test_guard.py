"""Which addresses may be connected to."""

from __future__ import annotations

import pytest

from crawler.net.guard import literal, split_endpoint, vet
from portal.model import Network

OPEN = Network()


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.255.255.254",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "0.0.0.0",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd00:ec2::254",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::",
        "not an address",
    ],
)
def test_addresses_that_are_refused(address: str) -> None:
    assert vet(address, OPEN)


@pytest.mark.parametrize(
    "address", ["114.114.114.114", "8.8.8.8", "2400:3200::1", "64:ff9b::808:808", "::ffff:8.8.8.8"]
)
def test_addresses_of_the_public_internet(address: str) -> None:
    assert vet(address, OPEN) == ""


def test_the_operator_may_open_networks_and_hosts() -> None:
    network = Network(allow_private=("10.0.0.0/8", "::1/128"))
    assert vet("10.9.9.9", network) == ""
    assert vet("::ffff:10.9.9.9", network) == ""
    assert vet("::1", network) == ""
    assert vet("192.168.0.1", network)
    assert vet("192.168.0.1", network, given=True) == ""


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("2130706433", "127.0.0.1"),
        ("0x7f.1", "127.0.0.1"),
        ("017700000001", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("[::1]", "::1"),
        ("１２７.０.０.１", "127.0.0.1"),
        ("www.a.gov.cn", ""),
        ("", ""),
    ],
)
def test_hosts_that_are_addresses_in_disguise(host: str, address: str) -> None:
    assert literal(host) == address


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.1", ("192.0.2.1", None)),
        ("192.0.2.1:53", ("192.0.2.1", 53)),
        ("[2001:db8::1]:53", ("2001:db8::1", 53)),
        ("[2001:db8::1]", ("2001:db8::1", None)),
        ("2001:db8::1", ("2001:db8::1", None)),
    ],
)
def test_endpoints_are_read(text: str, expected: tuple[str, int | None]) -> None:
    assert split_endpoint(text) == expected


@pytest.mark.parametrize("text", ["", "www.a.gov.cn", "192.0.2.1:x", "192.0.2.1:0", "192.0.2.1:70000", "[::1]x"])
def test_endpoints_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"address|port"):
        split_endpoint(text)
