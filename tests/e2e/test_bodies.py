"""What is said is kept nowhere unless that is wanted; then it can be looked into on four sides, and removed for good."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.e2e import raw
from tests.e2e.gateway import House, running_house, wait_until
from tests.simulator import say

CANARY_WORDS = "a word that nobody else says: flibbertigibbet"
KEEP = "bodies: {keys: ['*']}"


def talk(house: House) -> str:
    """A translated stream with the words in it; the exchange's id."""
    house.simulator.script(say(f"So you said {CANARY_WORDS}"), model="m-1")
    messages = [{"role": "user", "content": CANARY_WORDS}]
    body = raw.small_request("anthropic", model="chat/m-1", stream=True, messages=messages)
    answered = raw.ask(house.url, raw.PATHS["anthropic"], body)
    assert answered.status == 200
    return answered.headers["x-dragoman-exchange"]


def call(folder: Path, *arguments: str) -> str:
    """A command of the same configuration; empty if it failed."""
    command = [str(Path(sys.executable).with_name("dragoman")), "bodies", *arguments]
    environment = {"DRAGOMAN_DATA": str(folder), "DRAGOMAN_CONFIG": str(folder / "dragoman.yaml"), "PATH": ""}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False).stdout


def find_words(folder: Path) -> list[str]:
    """Files in which the words stand."""
    return [path.name for path in folder.rglob("*") if path.is_file() and b"flibbertigibbet" in path.read_bytes()]


def test_by_default_no_word_is_kept_anywhere_not_even_at_level_debug(tmp_path: Path) -> None:
    with running_house(tmp_path) as house:
        talk(house)
    assert find_words(tmp_path) == []
    assert not list(tmp_path.rglob("bodies*"))


def test_a_translated_stream_is_kept_on_its_four_sides_until_it_is_purged(tmp_path: Path) -> None:
    with running_house(tmp_path, extra=KEEP) as house:
        exchange_id = talk(house)
        assert wait_until(lambda: any(tmp_path.rglob("bodies.sqlite")))
        assert wait_until(lambda: call(tmp_path, "show", exchange_id) != "")
        shown = json.loads(call(tmp_path, "show", exchange_id))
        (record,) = house.simulator.journal
        assert shown["provider_request"].encode() == record.body
        assert json.loads(shown["client_request"])["model"] == "chat/m-1"
        assert "chat.completion.chunk" in shown["provider_answer"]
        assert "content_block_delta" in shown["client_answer"]
        assert "in 1 exchanges" in call(tmp_path, "purge", "--all")
        assert call(tmp_path, "show", exchange_id) == ""
    assert find_words(tmp_path) == []
