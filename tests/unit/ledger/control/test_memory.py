"""What is particular to the store in memory; the rest is in tests/contract."""

from __future__ import annotations

from dragoman.ledger.control.memory import MemoryControl, name_taken
from dragoman.ledger.control.records import AuditEntry


def test_a_taken_name_is_told_with_what_to_do() -> None:
    assert "ada" in name_taken("key", "ada").message


def test_a_search_looks_at_what_is_kept_and_not_at_where() -> None:
    store = MemoryControl()
    store.record_entry(AuditEntry(1, "boss", "a", "ada"))
    assert store.read_entries(None, 9, "sequence") == []
