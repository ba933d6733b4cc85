"""The route of the audit log."""

from __future__ import annotations

from tests.unit.http.admin.bureau import Bureau


def test_the_log_is_read_page_by_page() -> None:
    bureau = Bureau()
    for name in ("a", "b", "c"):
        bureau.call("POST", "/teams", body={"name": name})
    first = bureau.call("GET", "/audit", limit="2")
    assert [(entry["actor"], entry["action"], entry["subject"]) for entry in first["items"]] == [
        ("root", "team.create", "c"),
        ("root", "team.create", "b"),
    ]
    rest = bureau.call("GET", "/audit", cursor=str(first["next"]), limit="2")
    assert [entry["subject"] for entry in rest["items"]] == ["a"]
    assert rest["next"] is None
    assert [entry["subject"] for entry in bureau.call("GET", "/audit", text='"b"')["items"]] == ["b"]
