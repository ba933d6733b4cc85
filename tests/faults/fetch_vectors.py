"""URLs that a stranger might give so that the gateway connects to where it should not, and how each name is resolved.

`{port}` is where a sentinel listens that must never be connected to, on every address of this machine.
"""

from __future__ import annotations

from typing import NamedTuple


class Trap(NamedTuple):
    """A URL, and the addresses of its name; without any the resolver is asked as it is."""

    why: str
    url: str
    addresses: tuple[str, ...] = ()


LITERALS = (
    Trap("loopback", "http://127.0.0.1:{port}/"),
    Trap("translated", "http://[::ffff:0:127.0.0.1]:{port}/"),
    Trap("tunnelled", "http://[2606:4700::5efe:7f00:1]:{port}/"),
    Trap("another loopback", "http://127.8.9.10:{port}/"),
    Trap("the unspecified address", "http://0.0.0.0:{port}/"),
    Trap("a private network, ten", "http://10.1.2.3:{port}/"),
    Trap("a private network, one-seven-two", "http://172.16.0.1:{port}/"),
    Trap("a private network, one-nine-two", "http://192.168.1.1:{port}/"),
    Trap("carrier-grade NAT", "http://100.64.0.1:{port}/"),
    Trap("metadata of a cloud", "http://169.254.169.254:80/latest/meta-data/"),
    Trap("metadata of another cloud", "http://100.100.100.200:80/"),
    Trap("metadata among protocol assignments", "http://192.0.0.192:80/"),
    Trap("a cloud's own public address", "http://168.63.129.16:80/"),
    Trap("multicast", "http://224.0.0.1:{port}/"),
    Trap("broadcast", "http://255.255.255.255:{port}/"),
    Trap("reserved", "http://240.0.0.1:{port}/"),
    Trap("a benchmark's network", "http://198.18.0.1:{port}/"),
    Trap("documentation", "http://192.0.2.1:{port}/"),
    Trap("loopback of IPv6", "http://[::1]:{port}/"),
    Trap("the unspecified address of IPv6", "http://[::]:{port}/"),
    Trap("mapped", "http://[::ffff:127.0.0.1]:{port}/"),
    Trap("mapped, in hexadecimal", "http://[::ffff:7f00:1]:{port}/"),
    Trap("compatible", "http://[::127.0.0.1]:{port}/"),
    Trap("mapped metadata", "http://[::ffff:169.254.169.254]:80/"),
    Trap("6to4", "http://[2002:7f00:1::]:{port}/"),
    Trap("Teredo", "http://[2001:0:7f00:1::]:{port}/"),
    Trap("NAT64", "http://[64:ff9b::7f00:1]:{port}/"),
    Trap("NAT64 of metadata", "http://[64:ff9b::a9fe:a9fe]:80/"),
    Trap("NAT64 for local use", "http://[64:ff9b:1::7f00:1]:{port}/"),
    Trap("link-local of IPv6", "http://[fe80::1]:{port}/"),
    Trap("unique local", "http://[fd00::1]:{port}/"),
    Trap("metadata in IPv6", "http://[fd00:ec2::254]:80/"),
    Trap("site-local", "http://[fec0::1]:{port}/"),
    Trap("multicast of IPv6", "http://[ff02::1]:{port}/"),
)

SPELLINGS = (
    Trap("decimal", "http://2130706433:{port}/"),
    Trap("hexadecimal", "http://0x7f000001:{port}/"),
    Trap("octal", "http://0177.0.0.1:{port}/"),
    Trap("a hexadecimal part", "http://0x7f.0.0.1:{port}/"),
    Trap("two numbers", "http://127.1:{port}/"),
    Trap("three numbers", "http://127.0.1:{port}/"),
    Trap("zero", "http://0:{port}/"),
    Trap("leading zeros", "http://127.000.000.001:{port}/"),
    Trap("a dot at the end", "http://127.0.0.1.:{port}/"),
    Trap("digits in circles", "http://①②⑦.⓪.⓪.①:{port}/"),
    Trap("full-width digits", "http://１２７.0.0.1:{port}/"),
    Trap("an ideographic full stop", "http://127。0。0。1:{port}/"),
    Trap("percent signs", "http://%31%32%37.0.0.1:{port}/"),
    Trap("a zone", "http://[fe80::1%25lo]:{port}/"),
    Trap("a user name", "http://example.com@127.0.0.1:{port}/"),
    Trap("a user name and a password", "http://a:b@127.0.0.1:{port}/"),
    Trap("a backslash", "http://127.0.0.1:{port}\\@example.com/"),
    Trap("a backslash for a slash", "http:\\\\127.0.0.1:{port}/"),
    Trap("a sharp sign before the at sign", "http://127.0.0.1:{port}#@example.com/"),
    Trap("a blank in front", " http://127.0.0.1:{port}/"),
    Trap("a tab inside", "ht\ttp://127.0.0.1:{port}/"),
    Trap("a line break", "http://127.0.0.1:{port}/\r\nhost: a"),
    Trap("no slashes", "http:127.0.0.1:{port}/"),
    Trap("one slash", "http:/127.0.0.1:{port}/"),
    Trap("three slashes", "http:///127.0.0.1:{port}/"),
    Trap("no scheme", "//127.0.0.1:{port}/"),
)

NAMES = (
    Trap("localhost", "http://localhost:{port}/", ("127.0.0.1",)),
    Trap("localhost with a dot", "http://LOCALHOST.:{port}/", ("127.0.0.1",)),
    Trap("a name of ours", "http://internal.example:{port}/", ("127.0.0.1",)),
    Trap("a name that leads to metadata", "http://metadata.google.internal:80/", ("169.254.169.254",)),
    Trap("a name with a public and a private address", "http://both.example:{port}/", ("203.1.2.3", "127.0.0.1")),
    Trap("a name with a mapped address", "http://mapped.example:{port}/", ("::ffff:127.0.0.1",)),
    Trap("a name with a zone", "http://zone.example:{port}/", ("fe80::1%lo",)),
    Trap("a service that spells addresses", "http://127.0.0.1.wildcard.example:{port}/", ("127.0.0.1",)),
)

ELSEWHERE = (
    Trap("a file", "file:///etc/passwd"),
    Trap("gopher", "gopher://127.0.0.1:{port}/_x"),
    Trap("a port that no web server has", "http://127.0.0.1:22/"),
    Trap("port 0", "http://127.0.0.1:0/"),
    Trap("a script", "javascript:alert(1)"),
    Trap("a Unix socket", "http+unix://%2Fvar%2Frun%2Fdocker.sock/"),
)

TRAPS = LITERALS + SPELLINGS + NAMES + ELSEWHERE
