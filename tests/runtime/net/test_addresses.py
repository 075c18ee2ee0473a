"""Which spellings of which addresses are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from treadle.runtime.net.addresses import AllowList, address_of, read_host, why_denied
from treadle.runtime.net.connecting import AddressRefused, CheckedResolver
from treadle.runtime.net.urls import check_literal, read_target
from treadle.sdk.failures import ActionFailed

HERE = Path(__file__).parent
NOWHERE = AllowList()
REFUSED = (HERE / "refused_hosts.txt").read_text("utf-8").split()
REACHED = (HERE / "reached_hosts.txt").read_text("utf-8").split()


def test_there_are_enough_spellings() -> None:
    assert len(set(REFUSED)) >= 75


@pytest.mark.parametrize("host", REFUSED)
def test_x7_refused(host: str) -> None:
    with pytest.raises(ActionFailed) as caught:
        check_literal(read_target(f"http://{host}/latest/meta-data"), NOWHERE)
    assert caught.value.code in ("address_refused", "bad_url")


@pytest.mark.parametrize("host", REACHED)
def test_reached(host: str) -> None:
    check_literal(read_target(f"https://{host}/"), NOWHERE)


@pytest.mark.parametrize("host", [host for host in REFUSED if "." in host and "[" not in host])
async def test_what_the_c_library_makes_of_it_is_refused_too(host: str) -> None:
    """Were a spelling to pass for a name, its address would still be checked."""

    async def c_library(name: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    with pytest.raises(AddressRefused):
        await CheckedResolver(NOWHERE, c_library).resolve(host, 80)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "gopher://8.8.8.8/",
        "ftp://example.com/",
        "//example.com/",
        "example.com",
        "http:///path",
        "http://",
        "http://user@example.com/",
        "http://user:word@example.com/",
        "http://:word@example.com/",
        "http://example.com@8.8.8.8/",
        "http://example.com\\@127.0.0.1/",
        "http://exa mple.com/",
        "http://example.com/\r\nHost: other",
        "http://example.com/\x00",
        "http://example.com:0/",
        "http://example.com:99999/",
        "http://example.com:http/",
        "http://[::1/",
        "http://[fe80::1%25lo]/",
        "http://exa_mple..com/",
        "http://-bad.example.com/",
        "https://example.com/" + "x" * 9000,
    ],
)
def test_urls_that_are_refused(url: str) -> None:
    with pytest.raises(ActionFailed):
        read_target(url)


def test_ports_are_closed_unless_opened() -> None:
    eight = address_of("8.8.8.8")
    assert NOWHERE.why_refused(eight, 443) is None
    assert "8.8.8.8:22" in (NOWHERE.why_refused(eight, 22) or "")
    assert AllowList.parse("8.8.8.8:22").why_refused(eight, 22) is None
    assert AllowList.parse("dns.example:853").why_refused(eight, 853, "dns.example") is None
    assert AllowList.parse("dns.example:853").why_refused(eight, 853, "other.example")


def test_the_allow_list_opens_what_it_names_and_no_more() -> None:
    allow = AllowList.parse(
        " 127.0.0.1:8081, 10.0.0.0/8 ,localhost:9000,[::1]:80,fd00::/8, Sink.example. ,192.168.0.0/16:99,"
    )
    opened = [
        "127.0.0.1:8081",
        "10.1.2.3:5",
        "localhost:9000",
        "[::1]:80",
        "[fd12::1]:7",
        "sink.example:1",
        "192.168.4.4:99",
    ]
    closed = [
        "127.0.0.1:8082",
        "127.0.0.2:8081",
        "11.0.0.1:80",
        "localhost:9001",
        "[::1]:81",
        "sink.example.com:1",
        "192.168.4.4:98",
    ]
    for at in opened + closed:
        host, port = at.rsplit(":", 1)
        assert allow.opens(read_host(host), int(port)) is (at in opened), at


def test_an_opened_loopback_opens_localhost() -> None:
    assert AllowList.parse("127.0.0.1:8081").opens("localhost", 8081)
    assert not AllowList.parse("127.0.0.1:8081").opens("localhost", 8082)
    assert not AllowList.parse("10.0.0.0/8").opens("localhost", 80)


@pytest.mark.parametrize(
    "entry",
    [
        "http://127.0.0.1",
        "10.0.0.1/8",
        "10.0.0.0/33",
        "host:",
        "host:x",
        "host:0",
        "host:65536",
        "*.example.com",
        "127.1",
        "a b",
        "[::1",
        "[::1]80",
    ],
)
def test_a_wrong_entry_is_one_clear_line(entry: str) -> None:
    with pytest.raises(ValueError, match="TREADLE_ALLOW_HOSTS") as caught:
        AllowList.parse(f"127.0.0.1:80,{entry}")
    assert repr(entry) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_every_documented_kind_has_a_name() -> None:
    assert why_denied(address_of("100.64.0.1")) == "carrier-grade NAT"
    assert why_denied(address_of("2002::1")) == "6to4"
    assert why_denied(address_of("64:ff9b::1")) == "NAT64"
    assert why_denied(address_of("8.8.4.4")) is None


def test_no_socket_goes_around_the_check() -> None:
    resolver = CheckedResolver(AllowList.parse("127.0.0.1:8081"))
    for address, port in (("127.0.0.1", 80), ("127.0.0.2", 8081), ("10.0.0.1", 443)):
        with pytest.raises(AddressRefused):
            resolver.open_socket((2, 1, 6, "", (address, port)))
    resolver.open_socket((2, 1, 6, "", ("127.0.0.1", 8081))).close()
