import threading
import time
from ipaddress import IPv4Address, ip_address

import pytest
from pydantic import ValidationError

from service.settings import Settings
from service.webhooks.addresses import ForbiddenAddress, check, is_public
from service.webhooks.name_lookup import UnknownHost, look_up

PUBLIC = ("1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.0", "172.15.0.1", "172.32.0.1", "192.0.1.1")
PUBLIC_6 = ("2606:4700:4700::1111", "2a00:1450:4001:80b::200e", "64:ff9b::8.8.8.8")
NOT_PUBLIC = (
    *("0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254"),
    *("169.254.169.254", "168.63.129.16", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.170", "192.0.2.1"),
    *("192.88.99.1", "192.168.0.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1"),
    *("239.255.255.250", "240.0.0.1", "255.255.255.255", str(IPv4Address(0))),
)
NOT_PUBLIC_6 = (
    *("::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1"),
    *("64:ff9b:1::1", "100::1", "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:20::1", "2001:db8::1"),
    *("2002:7f00:1::", "2002:808:808::", "2620:4f:8000::1", "3fff::1", "5f00::1", "fc00::1", "fd12:3456::1"),
    *("fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "ff0e::1", "4000::1"),
)


@pytest.mark.parametrize("address", PUBLIC + PUBLIC_6)
def test_the_internet_s_own_addresses_are_public(address: str) -> None:
    """And so are the neighbors of blocks that are not."""
    assert is_public(ip_address(address))


@pytest.mark.parametrize("address", NOT_PUBLIC + NOT_PUBLIC_6)
def test_no_other_address_is_public(address: str) -> None:
    """Private, loopback, link-local, shared, reserved, multicast, and what stands for one of them."""
    assert not is_public(ip_address(address))
    with pytest.raises(ForbiddenAddress):
        check([ip_address(address)], ())


def test_one_address_that_is_not_public_spoils_the_name() -> None:
    """A name with a public address and a private one could be connected to by either."""
    addresses = [ip_address("8.8.8.8"), ip_address("10.0.0.1")]
    check(addresses[:1], ())
    with pytest.raises(ForbiddenAddress):
        check(addresses, ())


def test_a_setting_allows_its_networks_and_no_others() -> None:
    """Loopback, say, and still no other machine of the house; nor loopback by another way of writing it."""
    check([ip_address("127.0.0.1"), ip_address("::1")], ("127.0.0.0/8", "::1/128"))
    for address in ("10.0.0.1", "::ffff:127.0.0.1", "169.254.169.254"):
        with pytest.raises(ForbiddenAddress):
            check([ip_address(address)], ("127.0.0.0/8", "::1/128"))


def test_a_network_that_is_none_is_found_at_the_start() -> None:
    """And not when the first delivery fails of it."""
    with pytest.raises(ValidationError):
        Settings(webhook_allowed_networks=("10.0.0.1/8",))


@pytest.mark.parametrize("host", ["localhost", "127.1", "2130706433", "0x7f.1", "017700000001", "::1"])
def test_loopback_is_seen_through_every_name_and_notation(host: str) -> None:
    """Judged is what the resolver makes of it, which is what would be connected to."""
    with pytest.raises(ForbiddenAddress):
        check(look_up(host, 80, 5.0), ())


@pytest.mark.parametrize("host", ["nobody.invalid", "a..b", "x" * 300])
def test_what_has_no_address_is_an_unknown_host(host: str) -> None:
    """Whether nobody has the name or it cannot be one."""
    with pytest.raises(UnknownHost):
        look_up(host, 80, 5.0)


def test_a_look_up_is_waited_for_no_longer_than_the_patience_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The resolver itself knows no time-out."""
    silent = threading.Event()
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: silent.wait(5) and [])
    begun = time.monotonic()
    with pytest.raises(UnknownHost):
        look_up("slow.example", 80, 0.1)
    assert time.monotonic() - begun < 1
    silent.set()
