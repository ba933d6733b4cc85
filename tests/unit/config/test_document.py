"""YAML to a tree with places."""

from __future__ import annotations

import pytest

from dragoman.config.document import MAX_DEPTH, Node, parse_document
from dragoman.config.problems import Problems
from dragoman.errors import DragomanError


def parse(text: str, **environment: str) -> Node:
    problems = Problems("x")
    node = parse_document(text, environment, problems)
    problems.raise_any()
    return node


def plain(node: Node) -> object:
    if isinstance(node.value, dict):
        return {name: plain(member) for name, member in node.value.items()}
    return [plain(item) for item in node.value] if isinstance(node.value, list) else node.value


def fault(text: str, **environment: str) -> str:
    with pytest.raises(DragomanError) as caught:
        parse(text, **environment)
    return str(caught.value)


def test_every_kind_of_value_is_read() -> None:
    text = (
        "a: text\nb: 12\nc: 1.5\nd: true\ne: off\nf: null\ng: ~\nh: [1, x]\ni: {j: k}\nl: 2026-01-02\nm: '5'\nn: 0x1F"
    )
    assert plain(parse(text)) == {
        "a": "text",
        "b": 12,
        "c": 1.5,
        "d": True,
        "e": False,
        "f": None,
        "g": None,
        "h": [1, "x"],
        "i": {"j": "k"},
        "l": "2026-01-02",
        "m": "5",
        "n": 31,
    }


def test_an_empty_file_is_an_empty_mapping() -> None:
    assert plain(parse("")) == {}
    assert plain(parse("# only a comment\n")) == {}


def test_a_member_knows_the_line_of_its_key() -> None:
    node = parse("a:\n\n  b:\n    - c\n")
    assert node.value["a"].where == "line 1"
    assert node.value["a"].value["b"].where == "line 3"
    assert node.value["a"].value["b"].value[0].where == "line 4"


def test_an_alias_stands_for_what_it_names() -> None:
    assert plain(parse("a: &x {b: 1}\nc: *x\n")) == {"a": {"b": 1}, "c": {"b": 1}}


def test_a_double_key_is_told_with_both_lines() -> None:
    assert fault("a:\n  b: 1\n  c: 2\n  b: 3\n") == "x: line 4, a.b: stands here a second time; the first is at line 2"


@pytest.mark.parametrize("key", ["1", "yes", "~", "[a]", "{a: b}", "1.5"])
def test_a_key_that_is_not_text_is_refused(key: str) -> None:
    assert "line 1: a key here is not text; put it in quotes" in fault(f"? {key}\n: x\n")


def test_broken_yaml_is_told_with_its_place() -> None:
    assert fault("a: 1\nb: [1, 2\nc: 3\n").startswith("x: line 3, column 2: not valid YAML: ")


def test_an_unquoted_reference_in_braces_gets_a_hint() -> None:
    assert "put ${…} in quotes" in fault("a: {b: ${C}}\n", C="1")


def test_characters_that_yaml_does_not_allow_are_refused() -> None:
    assert fault("a: \x00") == "x: not valid YAML: it holds characters that YAML does not allow"


def test_two_documents_in_one_file_are_refused() -> None:
    assert "not valid YAML" in fault("a: 1\n---\nb: 2\n")


@pytest.mark.parametrize("tag", ["!!binary", "!!python/object:os.system", "!own", "!!set"])
def test_other_tags_are_refused(tag: str) -> None:
    assert "YAML tag that is not used here" in fault(f"a: {tag} aGk=\n")


@pytest.mark.parametrize("number", ["!!int abc", "017", "!!float x"])
def test_a_number_that_is_none_is_refused(number: str) -> None:
    assert "put it in quotes" in fault(f"a: {number}\n")


def test_nesting_has_a_limit() -> None:
    assert plain(parse("[" * MAX_DEPTH + "]" * MAX_DEPTH)) is not None
    assert fault("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1)) == f"x: line 1: nested deeper than {MAX_DEPTH} levels"


def test_deep_nesting_does_not_crash_the_process() -> None:
    assert "nested deeper" in fault("[" * 300_000)


def test_an_alias_inside_itself_is_refused() -> None:
    assert "nested deeper" in fault("a: &a [*a]")


def test_aliases_of_aliases_do_not_blow_up() -> None:
    lines = ["a0: &a0 [1,1,1,1,1,1,1,1,1]"]
    lines += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    assert "more than 20000 values" in fault("\n".join(lines))


def test_references_are_filled_and_marked() -> None:
    node = parse("a: ${NAME}\nb: plain\nc: x-${NAME}-y\n", NAME="value")
    assert plain(node) == {"a": "value", "b": "plain", "c": "x-value-y"}
    assert [node.value[name].is_referenced for name in "abc"] == [True, False, True]


def test_a_missing_variable_is_told_by_its_name_and_line() -> None:
    message = fault("a: 1\nb: ${NOT_SET}\n")
    assert message == (
        "x: line 2, b: The environment variable NOT_SET is not set. Set it, or write ${NOT_SET:-a default}."
    )
