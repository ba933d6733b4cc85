"""`dragoman chat`."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO

import pytest
from click.testing import CliRunner

from dragoman.cli.chat import chat, select_key, select_url, write_piece
from dragoman.errors import DragomanError
from tests.unit.cli.talker import Talker, open_talker


@pytest.fixture
def talker() -> Iterator[Talker]:
    with open_talker() as one:
        yield one


def run(*arguments: str, input: str | None = None) -> str:
    result = CliRunner().invoke(chat, arguments, input=input, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_question_is_answered(talker: Talker) -> None:
    talker.says("Good ", "day!")
    assert run("Hello?", "--url", talker.url, "-m", "mine/m") == "Good day!\n"
    assert talker.seen[0][3]["model"] == "mine/m"


def test_without_a_model_the_first_one_is_asked(talker: Talker) -> None:
    talker.says("x")
    run("Hello?", "--url", talker.url)
    assert talker.seen[-1][3]["model"] == "first/model"


def test_where_no_model_is_listed_it_is_told_how_to_name_one(talker: Talker) -> None:
    talker.models = {"data": []}
    with pytest.raises(DragomanError, match="-m provider/model"):
        run("Hello?", "--url", talker.url)


@pytest.mark.parametrize("arguments", [(), ("-",)])
def test_a_question_may_come_from_standard_input(talker: Talker, arguments: tuple[str, ...]) -> None:
    talker.says("x")
    run(*arguments, "--url", talker.url, input="How are\nyou?\n")
    assert talker.seen[-1][3]["messages"][0]["content"] == "How are\nyou?"


def test_no_question_is_a_mistake_of_the_command_line() -> None:
    result = CliRunner().invoke(chat, [], input="  \n")
    assert result.exit_code == 2
    assert "There is no question" in result.output


def test_the_environment_says_where_and_with_which_key(talker: Talker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRAGOMAN_URL", talker.url)
    monkeypatch.setenv("DRAGOMAN_API_KEYS", "first, second")
    talker.says("x")
    run("Hello?", "-m", "m")
    assert talker.seen[0][2]["authorization"] == "Bearer first"


@pytest.mark.parametrize(
    ("environment", "url"),
    [
        ({}, "http://127.0.0.1:8642"),
        ({"DRAGOMAN_PORT": "9"}, "http://127.0.0.1:9"),
        ({"DRAGOMAN_PORT": "9", "DRAGOMAN_URL": "https://g.test"}, "https://g.test"),
    ],
)
def test_the_url_is_the_one_said_or_the_usual_one(environment: dict[str, str], url: str) -> None:
    assert select_url(environment) == url


def test_the_key_is_the_first_there_is() -> None:
    assert select_key({}) == ""
    assert select_key({"DRAGOMAN_API_KEY": "a", "DRAGOMAN_API_KEYS": "b,c"}) == "a"


class Screen(StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_what_would_command_a_terminal_is_taken_out_there_and_nowhere_else() -> None:
    answer = "a\x1b[2Jb\x07\x9b\n\tc\r"
    screen, file = Screen(), StringIO()
    write_piece(answer, screen)
    write_piece(answer, file)
    assert screen.getvalue() == "a[2Jb\n\tc"
    assert file.getvalue() == answer
