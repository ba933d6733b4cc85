"""What identifies people or opens doors, as far as its form gives it away: addresses, numbers with check digits, keys.

Every pattern is bounded, so that its longest match is known, and looks no further than one character back and ahead.
"""

from __future__ import annotations

import re
import string
from ipaddress import IPv4Address

from dragoman.plugins.sieve import Detector

_LETTERS = string.ascii_letters
_DIGITS = string.digits
_WORD = _LETTERS + _DIGITS + "_-"


def is_card_number(text: str) -> bool:
    """Luhn's check, for 13 to 19 digits."""
    digits = [int(character) for character in text if character in _DIGITS]
    if not 13 <= len(digits) <= 19 or len(set(digits)) == 1:
        return False
    doubled = (2 * digit - 9 * (digit > 4) for digit in digits[-2::-2])
    return (sum(doubled) + sum(digits[-1::-2])) % 10 == 0


def is_iban(text: str) -> bool:
    """ISO 13616: rearranged, and with numbers for letters, it leaves 1 when divided by 97."""
    compact = text.replace(" ", "").upper()
    if not 15 <= len(compact) <= 34:
        return False
    return int("".join(str(int(character, 36)) for character in compact[4:] + compact[:4])) % 97 == 1


def is_phone_number(text: str) -> bool:
    """Between 8 and 15 digits (E.164)."""
    return 8 <= sum(character in _DIGITS for character in text) <= 15


def is_ipv4(text: str) -> bool:
    """Four numbers that fit."""
    try:
        return bool(IPv4Address(text))
    except ValueError:
        return False


DETECTORS: dict[str, Detector] = {
    detector.name: detector
    for detector in (
        Detector(
            "secret",
            re.compile(
                r"(?<![A-Za-z0-9_-])(?:sk-[A-Za-z0-9_-]{16,200}|(?:ghp|gho|ghs|github_pat)_[A-Za-z0-9_]{20,200}"
                r"|AKIA[A-Z0-9]{16}|AIza[A-Za-z0-9_-]{35}|xox[abp]-[A-Za-z0-9-]{10,200}|glpat-[A-Za-z0-9_-]{20,200})"
                r"(?![A-Za-z0-9_-])"
            ),
            212,
            _WORD,
        ),
        Detector(
            "email",
            re.compile(
                r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}"
                r"@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9-])"
            ),
            601,
            _WORD + ".%+@",
        ),
        Detector(
            "iban",
            re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9])"),
            43,
            string.ascii_uppercase + _DIGITS + " ",
            is_iban,
        ),
        Detector(
            "card",
            re.compile(r"(?<![0-9.-])[0-9](?:[ -]?[0-9]){12,18}(?![0-9-])"),
            37,
            _DIGITS + " -",
            is_card_number,
        ),
        Detector(
            "phone",
            re.compile(r"(?<![A-Za-z0-9+])(?:\+|00)[1-9][0-9]{0,2}(?:[ ./-]?\(?[0-9]{1,6}\)?){2,6}(?![A-Za-z0-9])"),
            63,
            _DIGITS + " ./-()+",
            is_phone_number,
        ),
        Detector(
            "ssn",
            re.compile(r"(?<![0-9-])(?!000|666|9)[0-9]{3}-(?!00)[0-9]{2}-(?!0000)[0-9]{4}(?![0-9-])"),
            11,
            _DIGITS + "-",
        ),
        Detector(
            "ip",
            re.compile(r"(?<![0-9.])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![0-9.])"),
            15,
            _DIGITS + ".",
            is_ipv4,
        ),
    )
}
"""By the name that the configuration calls them."""
