"""Which addresses a stranger's URL may lead to."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.upstream.public_addresses import build_judge, is_public


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "8.8.8.8", "93.184.216.34", "2606:4700:4700::1111", "2a00:1450:4001:81b::200e"]
)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", ["::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_a_wrapped_public_address_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", ["", "localhost", "127.1", "fe80::1%lo", "1.2.3.4/32"])
def test_what_is_no_plain_address_is_not_public(address: str) -> None:
    assert not is_public(address)


@given(st.ip_addresses(v=4).filter(lambda address: not address.is_global))
def test_no_way_of_wrapping_a_private_address_makes_it_public(address: object) -> None:
    number = int(ip_address(str(address)))
    wrapped = [number, 0xFFFF << 32 | number, 0x64_FF9B << 96 | number, 0x2002 << 112 | number << 80]
    assert not is_public(str(address))
    assert not any(is_public(str(ip_address(one.to_bytes(16)))) for one in wrapped)


def test_a_network_of_the_operators_own_is_let_in_and_nothing_beside_it() -> None:
    judge = build_judge([ip_network("10.1.0.0/16")])
    assert judge("10.1.2.3")
    assert judge("8.8.8.8")
    assert not judge("10.2.0.1")
    assert not judge("::1")
    assert not judge("no address")
