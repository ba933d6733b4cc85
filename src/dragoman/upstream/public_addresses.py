"""Which addresses of the internet anybody may be sent to: everything that the registries call global, and nothing that
leads, openly or wrapped in another address, to this machine, its network, or the metadata service of a cloud.

The standard library's `is_global` follows IANA's registries of special purposes. What it does not know: addresses that
carry an IPv4 address inside (mapped, compatible, translated, 6to4, Teredo, NAT64, ISATAP), which a router or the kernel
may take out again. Those are judged by what they carry, and by themselves. RFC 6890, 4291 §2.5.5, 3056, 4380, 5214, 6052,
8215.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Judge = Callable[[str], bool]
"""Whether an address, as the resolver gave it, may be connected to on behalf of a stranger."""

NAT64_WELL_KNOWN = IPv6Network("64:ff9b::/96")
ISATAP, ISATAP_MASK = 0x0000_5EFE, 0xFDFF_FFFF
"""An interface of this name tunnels to the IPv4 address that follows it (RFC 5214)."""

REFUSED = tuple(
    ip_network(text)
    for text in (
        "192.88.99.0/24",  # relays of 6to4
        "192.0.0.0/24",  # protocol assignments; a cloud keeps its metadata here
        "168.63.129.16/32",  # a public address that is a cloud's own service on every one of its machines
        "100.100.100.200/32",  # another cloud's metadata
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/96",  # IPv4-compatible
        "::ffff:0:0:0/96",  # IPv4-translated
        "64:ff9b:1::/48",  # translation prefixes for local use
        "100::/64",
        "2001::/23",  # protocol assignments, Teredo among them
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
        "5f00::/16",  # segment routing
        "fc00::/7",  # fd00:ec2::254 among them
        "fe80::/10",
        "fec0::/10",  # site-local: given up, still routed in places
        "ff00::/8",
    )
)
"""Refused beside all that is not global, whatever the version of the standard library thinks of it."""


def build_judge(own_networks: Iterable[IPv4Network | IPv6Network]) -> Judge:
    """Lets public addresses through, and those of the networks that the operator has named."""
    networks = tuple(own_networks)
    if not networks:
        return is_public

    def judge(address: str) -> bool:
        return is_public(address) or _is_inside(address, networks)

    return judge


def _is_inside(address: str, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed.version == network.version and parsed in network for network in networks)


def is_public(address: str) -> bool:
    """The judge where no network is the operator's own."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False  # also an address with a zone: those are of the local link
    return _is_public(parsed)


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return False
        if address.ipv4_mapped is not None:
            return _is_public(address.ipv4_mapped)
        if address in NAT64_WELL_KNOWN or int(address) >> 32 & ISATAP_MASK == ISATAP:
            return _is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
    if any(address.version == network.version and address in network for network in REFUSED):
        return False
    return address.is_global and not address.is_multicast
