"""Every dialect is there under its own name, and whole."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

import dragoman.dialects
from dragoman.dialects.base import ClientSide, Dialect, ProviderSide
from dragoman.dialects.registry import DIALECTS, OPERATIONS

FOLDER = Path(dragoman.dialects.__path__[0])


def list_methods(side: type) -> set[str]:
    return {name for name, member in inspect.getmembers(side, inspect.isfunction) if not name.startswith("_")}


def test_each_is_found_by_its_own_name() -> None:
    assert all(dialect.name == name for name, dialect in DIALECTS.items())


def test_no_folder_is_forgotten() -> None:
    folders = tuple(path.parent.name for path in FOLDER.glob("*/dialect.py"))
    assert DIALECTS.keys() >= set(folders)
    assert all(name.startswith(folders) for name in DIALECTS), "a variant bears the name of its folder"


@pytest.mark.parametrize("dialect", (DIALECTS | OPERATIONS).values(), ids=[*DIALECTS, *OPERATIONS])
def test_a_dialect_has_all_of_each_half_that_it_has(dialect: Dialect) -> None:
    assert dialect.client or dialect.provider
    if dialect.client is not None:
        assert list_methods(ClientSide) <= list_methods(type(dialect.client))
        assert dialect.client.name == dialect.name
    if dialect.provider is not None:
        assert list_methods(ProviderSide) <= list_methods(type(dialect.provider))
        assert dialect.provider.name == dialect.name


def test_four_dialects_are_spoken_by_clients_and_providers_alike() -> None:
    whole = {name for name, dialect in DIALECTS.items() if dialect.client and dialect.provider}
    assert whole == {"openai_chat", "openai_responses", "anthropic_messages", "gemini_generate"}


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=list(OPERATIONS))
def test_an_operation_is_whole_and_is_carried_by_dialects_of_providers(operation: Dialect) -> None:
    assert operation.client is not None
    assert (operation.provider is not None) == bool(operation.carriers)
    assert operation.name not in DIALECTS
    assert operation.carriers or operation.crossings
    for dialect in (*operation.carriers, *operation.crossings):
        assert DIALECTS[dialect].provider is not None
    assert not set(operation.carriers) & operation.crossings.keys()
    assert all(side.name != operation.name for side in operation.crossings.values())
