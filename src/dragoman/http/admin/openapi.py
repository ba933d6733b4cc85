"""The admin API described in OpenAPI 3.1, out of the table of its routes. Pure.

Spec: https://spec.openapis.org/oas/v3.1.1.html. Schemas are those that msgspec makes of the Structs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from dragoman import __version__
from dragoman.http.admin.routes import Route

REF = "#/components/schemas/{name}"
JSON = "application/json"
_NAME = re.compile(r"\{(\w+)\}")
_WORD = re.compile(r"\w+")


class ErrorBody(msgspec.Struct, frozen=True):
    """What went wrong, and what to do."""

    kind: str
    message: str
    path: str
    code: str | None


class Failure(msgspec.Struct, frozen=True):
    """How every failure is told."""

    error: ErrorBody


def build_description(routes: Iterable[Route]) -> dict[str, Any]:
    """The whole document."""
    listed = list(routes)
    schemas = _Schemas(listed)
    paths: dict[str, dict[str, Any]] = {}
    for route in listed:
        paths.setdefault(route.path, {})[route.method.lower()] = _describe(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Dragoman's admin API", "version": __version__},
        "servers": [{"url": "/admin/api"}],
        "security": [{"key": []}, {"session": []}],
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "dragoman_session"},
            },
        },
    }


class _Schemas:
    """The schema of every type that a route names."""

    def __init__(self, routes: Iterable[Route]) -> None:
        kinds = [kind for route in routes for kind in (route.query, route.body, route.response) if kind is not None]
        kinds = [kind for kind in dict.fromkeys([*kinds, Failure]) if kind is not bytes]
        made, components = msgspec.json.schema_components(kinds, ref_template=REF)
        self.components = dict(sorted(components.items()))
        self._by_kind = dict(zip(kinds, made, strict=True))

    def of(self, kind: Any) -> Mapping[str, Any]:
        """The schema of one of them; of a Struct, where it stands."""
        return self._by_kind[kind]

    def fields(self, kind: type[msgspec.Struct]) -> tuple[Mapping[str, Any], list[str]]:
        """The properties of a Struct, and which of them must be given."""
        whole = self.components[kind.__name__]
        return whole["properties"], whole.get("required", [])


def _describe(route: Route, schemas: _Schemas) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": "_".join([route.method.lower(), *_WORD.findall(route.path)]),
        "summary": route.summary,
        "tags": [route.path.split("/")[1].partition(".")[0]],
        "x-role": route.role,
    }
    parameters = [_describe_name(name) for name in _NAME.findall(route.path)]
    if route.query is not None:
        properties, required = schemas.fields(route.query)
        parameters += [
            {"name": name, "in": "query", "required": name in required, "schema": schema}
            for name, schema in properties.items()
        ]
    if parameters:
        described["parameters"] = parameters
    if route.body is not None:
        described["requestBody"] = {"required": True, "content": {JSON: {"schema": schemas.of(route.body)}}}
    if route.role == "anyone":
        described["security"] = []
    described["responses"] = {**_describe_answer(route, schemas), "default": _describe_failure(schemas)}
    return described


def _describe_name(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _describe_answer(route: Route, schemas: _Schemas) -> dict[str, Any]:
    if route.response is None:
        return {"204": {"description": "Done."}}
    schema = {"type": "string"} if route.response is bytes else schemas.of(route.response)
    return {str(route.status): {"description": route.summary, "content": {route.media: {"schema": schema}}}}


def _describe_failure(schemas: _Schemas) -> dict[str, Any]:
    return {"description": "It did not work.", "content": {JSON: {"schema": schemas.of(Failure)}}}
