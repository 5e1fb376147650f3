"""Addresses of those who send requests."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

Networks: TypeAlias = Sequence[IPv4Network | IPv6Network]


def is_address(text: str) -> bool:
    """Whether it is an IP address."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def is_within(address: str, networks: Networks) -> bool:
    """Whether an address is in one of the networks."""
    return is_address(address) and any(ip_address(address) in network for network in networks)


def is_loopback(address: str) -> bool:
    """Whether an address is of this machine."""
    return is_address(address) and ip_address(address).is_loopback


def neighbourhood(address: str) -> str:
    """What of an address is one customer's of a provider: the first 64 bits of an IPv6 one."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ip_network((parsed, 64), strict=False))
    return str(parsed)
