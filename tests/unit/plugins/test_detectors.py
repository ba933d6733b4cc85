"""What the shipped detectors find and what they leave alone."""

from __future__ import annotations

import pytest

from dragoman.plugins.detectors import DETECTORS, is_card_number, is_iban, is_ipv4, is_phone_number
from dragoman.plugins.sieve import replace_all


def find(text: str) -> str:
    return replace_all(text, tuple(DETECTORS.values()), lambda name, _: f"<{name}>")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Write to ann.b+c@mail.example.co.uk.", "Write to <email>."),
        ("card 4111-1111-1111-1111 ok", "card <card> ok"),
        ("5500000000000004", "<card>"),
        ("DE89 3704 0044 0532 0130 00", "<iban>"),
        ("NL91ABNA0417164300!", "<iban>!"),
        ("call +1 (415) 555-0132 now", "call <phone> now"),
        ("0049 30 1234567", "<phone>"),
        ("078-05-1120", "<ssn>"),
        ("host 192.168.1.20, port", "host <ip>, port"),
        ("key sk-proj-abcdefghijklmnop1234", "key <secret>"),
        ("ghp_abcdefghijklmnopqrstuvwxyz0123456789", "<secret>"),
        ("AKIAIOSFODNN7EXAMPLE", "<secret>"),
    ],
)
def test_what_identifies_is_found(text: str, found: str) -> None:
    assert find(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "1234567812345678",  # fails its check digit
        "GB82 WEST 1234 5698 7654 33",
        "version 1.2.3",
        "999.1.1.1",
        "000-12-3456",
        "at 2024-01-31 12:30:00",
        "a@b",
        "sk-short",
        "pi is 3.14159265358979",
    ],
)
def test_what_only_looks_like_it_is_left_alone(text: str) -> None:
    assert find(text) == text


def test_check_digits_are_checked() -> None:
    assert is_card_number("4111 1111 1111 1111")
    assert not is_card_number("4111 1111 1111 1112")
    assert not is_card_number("0000000000000000")
    assert not is_card_number("41")
    assert is_iban("GB82WEST12345698765432")
    assert not is_iban("GB82")
    assert is_phone_number("+49 30 12345")
    assert not is_phone_number("+49")
    assert is_ipv4("255.255.255.255")
    assert not is_ipv4("256.1.1.1")
