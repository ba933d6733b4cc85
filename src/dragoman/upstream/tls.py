"""The one way we speak TLS: certificates and names always verified, HTTP/1.1 offered and nothing else.

There is no switch to turn verification off. An operator with a certificate authority of their own names its bundle.
"""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

from dragoman.errors import DragomanError, Kind


def build_tls_context(ca_bundle: str | None = None) -> ssl.SSLContext:
    """A client context that trusts the system's authorities, or only those in the bundle."""
    if ca_bundle is not None and not Path(ca_bundle).exists():
        raise DragomanError(Kind.INVALID_REQUEST, f"there is no CA bundle at {ca_bundle}", blame="gateway")
    try:
        context = ssl.create_default_context(
            cafile=ca_bundle if ca_bundle and not Path(ca_bundle).is_dir() else None,
            capath=ca_bundle if ca_bundle and Path(ca_bundle).is_dir() else None,
        )
    except ssl.SSLError as error:
        message = f"the CA bundle at {ca_bundle} holds no certificates in PEM form"
        raise DragomanError(Kind.INVALID_REQUEST, message, blame="gateway") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


def require_verification(context: ssl.SSLContext) -> ssl.SSLContext:
    """The same context, or an error if it would accept any certificate."""
    if context.verify_mode is not ssl.CERT_REQUIRED or not context.check_hostname:
        message = "a TLS context must verify certificates and host names; trust a private authority by its CA bundle"
        raise DragomanError(Kind.INTERNAL, message, blame="gateway")
    return context


def has_said_goodbye(transport: asyncio.BaseTransport) -> bool:
    """The peer ended its side on purpose. Under TLS only a `close_notify` says so; anyone on the way can close a socket
    (RFC 8446 §6.1), and asyncio's loop reports both alike."""
    tls: ssl.SSLObject | None = transport.get_extra_info("ssl_object")
    if tls is None:
        return True
    try:
        return tls.read(1) == b""
    except ssl.SSLError:
        return False
