"""Two callers with keys of their own, for what one of them leaves with the gateway and the other must not see."""

from __future__ import annotations

from functools import cache

from openai import OpenAI

from tests.e2e.gateway import House

SECRETS = {"ann": "w9Yk2VbQ7TzR4mXc1LpN8sJd", "bob": "h3Gf6UaE0KoW5rBi9ZtM2yCv"}
KEYS = "auth:\n  keys:\n" + "".join(f"    - {{name: {name}, secret: {key}}}\n" for name, key in SECRETS.items())
KEPT = "responses: {keep: true}\n" + KEYS
"""A gateway's configuration in which responses can be built on."""


@cache
def _open_client_at(url: str, name: str) -> OpenAI:
    return OpenAI(base_url=f"{url}/v1", api_key=SECRETS[name], max_retries=0, timeout=60)


def open_client(house: House, name: str = "ann") -> OpenAI:
    """The official SDK in one of their names; the same one each time, since each keeps connections of its own."""
    return _open_client_at(house.url, name)
