"""All routes of the admin API, and how the one for a request is found."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from dragoman.errors import DragomanError, Kind
from dragoman.http.admin.routes import Route

_NAME = re.compile(r"\{(\w+)\}")


class RouteTable:
    """Built once. Of two paths that fit, the one with fewer names in it counts."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self.routes = tuple(routes)
        by_path: dict[str, dict[str, Route]] = {}
        for route in self.routes:
            methods = by_path.setdefault(route.path, {})
            if route.method in methods:
                raise AssertionError(f"{route.method} {route.path} stands in the table twice")
            methods[route.method] = route
        ordered = sorted(by_path.items(), key=lambda item: item[0].count("{"))
        self._patterns = [(_compile(path), methods) for path, methods in ordered]

    def __repr__(self) -> str:
        return f"<RouteTable: {len(self.routes)} routes>"

    def find(self, method: str, path: str) -> tuple[Route, Mapping[str, str]]:
        """The route, and what stands in place of its names; raises NOT_FOUND, or 405 where only the method is wrong."""
        for pattern, methods in self._patterns:
            match = pattern.fullmatch(path)
            if match is None:
                continue
            route = methods.get(method)
            if route is None:
                message = f"This path takes {', '.join(methods)}."
                raise DragomanError(Kind.INVALID_REQUEST, message, status=405)
            return route, match.groupdict()
        raise DragomanError(Kind.NOT_FOUND, f"The admin API has nothing at {path[:200]!r}.", code="unknown_url")


def _compile(path: str) -> re.Pattern[str]:
    """`/providers/{name}` as a pattern; a name may hold whatever is no slash."""
    pieces = _NAME.split(path)
    literal = [re.escape(piece) for piece in pieces[::2]]
    names = [f"(?P<{name}>[^/]+)" for name in pieces[1::2]]
    return re.compile("".join(piece for pair in zip(literal, [*names, ""], strict=True) for piece in pair))
