"""Which addresses a delivery may go to: public ones, and those of the networks that a setting allows.

The lists are written out, since what Python's `ipaddress` calls global depends on its version and includes addresses
that lead elsewhere (6to4, multicast, reserved ones). From IANA's special-purpose registries; what is not global
unicast is refused by default in IPv6, and what embeds an IPv4 address is judged by that one, or refused.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

Address = IPv4Address | IPv6Address

NOT_PUBLIC_4 = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",
        "168.63.129.16/32",  # a cloud's own services, on a public address
        "169.254.0.0/16",  # link-local, where clouds keep their credentials
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
GLOBAL_6 = IPv6Network("2000::/3")
NOT_PUBLIC_6 = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",  # Teredo, ORCHID and others
        "2001:db8::/32",
        "2002::/16",  # 6to4
        "2620:4f:8000::/48",
        "3fff::/20",
    )
)
NAT64 = IPv6Network("64:ff9b::/96")


class ForbiddenAddress(Exception):
    """A name has an address that no delivery may go to. The address is not named: it may be an internal one."""

    def __init__(self) -> None:
        super().__init__("The host has an address that is not public.")


def check(addresses: Iterable[Address], networks: Iterable[str]) -> None:
    """ForbiddenAddress unless each of the addresses is public or in one of these networks."""
    allowed = [ip_network(network) for network in networks]
    for address in addresses:
        if not is_public(address) and not any(address in network for network in allowed):
            raise ForbiddenAddress


def is_public(address: Address) -> bool:
    """Whether the address is public, and embeds none that is not."""
    if isinstance(address, IPv4Address):
        return not any(address in block for block in NOT_PUBLIC_4)
    if address in NAT64:
        return is_public(IPv4Address(address.packed[-4:]))
    return address in GLOBAL_6 and not any(address in block for block in NOT_PUBLIC_6)
