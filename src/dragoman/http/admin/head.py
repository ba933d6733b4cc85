"""What the admin API reads out of a request's headers."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

COOKIE = "dragoman_session"


class AdminHead(msgspec.Struct):
    """The headers that matter here. `credential` and `session` are secrets."""

    host: bytes = b""
    origin: bytes = b""
    credential: str = ""
    session: str = ""
    if_match: str = ""
    content_type: str = ""
    fetch_site: str = ""
    has_mark: bool = False  # of the console, which no page of another origin can set unasked

    def __repr__(self) -> str:
        return f"<AdminHead host={self.host!r}>"

    @property
    def is_foreign(self) -> bool:
        """Whether a browser says that another page than one of ours asks."""
        if self.fetch_site and self.fetch_site not in {"same-origin", "none"}:
            return True
        return bool(self.origin) and self.origin.partition(b"://")[2].lower() != self.host.lower()


def read_admin_head(headers: Iterable[tuple[bytes, bytes]]) -> AdminHead:
    """One pass over the headers; of a header that comes twice the last counts."""
    head = AdminHead()
    for name, value in headers:
        match name:
            case b"host":
                head.host = value
            case b"origin":
                head.origin = value
            case b"cookie":
                head.session = read_cookie(value) or head.session
            case b"x-dragoman-console":
                head.has_mark = value == b"1"
            case b"authorization" | b"x-api-key":
                head.credential = _read_credential(value) or head.credential
            case b"if-match" | b"content-type" | b"sec-fetch-site":
                setattr(head, _TEXTS[name], value.decode("latin-1").strip())
    return head


_TEXTS = {b"if-match": "if_match", b"content-type": "content_type", b"sec-fetch-site": "fetch_site"}


def read_cookie(value: bytes) -> str:
    """Our own cookie out of all; empty if it is not there."""
    for pair in value.decode("latin-1").split(";"):
        name, _, text = pair.strip().partition("=")
        if name == COOKIE:
            return text.strip('"')
    return ""


def _read_credential(value: bytes) -> str:
    text = value.decode("latin-1").strip()
    scheme, space, token = text.partition(" ")
    if not space:
        return text
    return token.strip() if scheme.lower() == "bearer" else ""
