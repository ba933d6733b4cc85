"""Writes docs/reference from the code: every setting, every provider of the catalogue, every command, every route of
the admin API.

`python -m tools.reference` writes the pages, `--check` only tells whether they are as they should be. What a setting
means is read from the text below its field in `config/sections/`.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

import click
import msgspec
from msgspec import inspect as types

from dragoman.catalog.providers import ProviderRow, load_rows
from dragoman.cli.commands import COMMANDS, CommandName
from dragoman.cli.main import dragoman, load_command
from dragoman.config import schema
from dragoman.config.environment import API_KEYS, CONFIG_PATH, DATA_FOLDER, OVERRIDES
from dragoman.http.admin.tables import describe

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "reference"
NOTICE = "<!-- Written by tools/reference.py from the code; `make docs` writes it again. -->"


def main(arguments: list[str]) -> int:
    """Write the pages, or check them; 1 if they have drifted from the code."""
    is_check = arguments == ["--check"]
    drifted = {name: text for name, text in build_pages().items() if read_page(name) != text}
    if is_check:
        for name in drifted:
            print(f"docs/reference/{name} is out of date; run: make docs", file=sys.stderr)
        return 1 if drifted else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in drifted.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    return 0


def build_pages() -> dict[str, str]:
    """All pages by file name."""
    return {
        "configuration.md": build_configuration_page(),
        "providers.md": build_providers_page(),
        "cli.md": build_cli_page(),
        "admin_api.json": build_api_page(),
    }


def read_page(name: str) -> str | None:
    """A page as it is now."""
    path = FOLDER / name
    return path.read_text(encoding="utf-8") if path.is_file() else None


# -- settings ----------------------------------------------------------------------------------------------------------


class Setting(msgspec.Struct, frozen=True):
    """One row of the reference."""

    path: str
    type: str
    default: str
    meaning: str


def build_configuration_page() -> str:
    """Every setting, and the variables above the file."""
    lines = [
        "# Configuration",
        NOTICE,
        "",
        "One YAML file: the one given with `--config`, else the one that `DRAGOMAN_CONFIG` names, else `./dragoman.yaml` if",
        "there is one. None is needed: providers whose keys are in the environment are found by themselves. Unknown keys and",
        "wrong types are errors, all told at once. `dragoman.example.yaml` shows a whole file; `dragoman check` reads one",
        "and says what it leads to. A running gateway reads the file again when it changes.",
        "",
        "In any text `${NAME}` stands for an environment variable, `${NAME:-default}` for one that may be missing, and",
        "`$${` for a plain `${`. Where a list is expected, a single item will do.",
        "",
        "## Environment",
        "",
        "| Variable | Stands above |",
        "|---|---|",
        f"| `{CONFIG_PATH}` | the path of the file |",
        f"| `{DATA_FOLDER}` | the folder for what must outlive the gateway |",
        *(f"| `{name}` | `{'.'.join(path)}` |" for name, path in OVERRIDES.items()),
        *(f"| `{name}` | adds to `auth.keys`; several with commas between them |" for name in API_KEYS),
        "",
        "Flags of `dragoman serve` stand above these. Variables of providers are in [providers](providers.md).",
    ]
    for struct, prefix in list_sections():
        lines += ["", f"## {prefix or 'Top level'}", "", inspect.getdoc(struct) or "", ""]
        lines += ["| Setting | Type | Default | Meaning |", "|---|---|---|---|"]
        lines += [
            f"| `{one.path}` | {one.type} | {one.default} | {one.meaning} |" for one in list_settings(struct, prefix)
        ]
    return "\n".join(lines) + "\n"


def list_sections() -> Iterator[tuple[type, str]]:
    """Every Struct of the schema with the path at which it stands, outermost first; each once."""
    seen: set[type] = set()
    waiting: list[tuple[type, str]] = [(schema.Settings, "")]
    while waiting:
        struct, prefix = waiting.pop(0)
        if struct in seen:
            continue
        seen.add(struct)
        yield struct, prefix
        info: Any = types.type_info(struct)
        for field in info.fields:
            for inner, suffix in find_structs(field.type):
                waiting.append((inner, f"{prefix}.{field.name}{suffix}".removeprefix(".")))


def find_structs(kind: Any) -> Iterator[tuple[type, str]]:
    """The Structs inside a type, with how one gets to them from there."""
    match kind:
        case types.StructType(cls=cls):
            yield cls, ""
        case types.ListType(item_type=inner):
            yield from ((cls, "[]" + suffix) for cls, suffix in find_structs(inner))
        case types.DictType(value_type=inner):
            yield from ((cls, ".NAME" + suffix) for cls, suffix in find_structs(inner))
        case types.UnionType(types=members):
            for member in members:
                yield from find_structs(member)


def list_settings(struct: type, prefix: str) -> Iterator[Setting]:
    """The fields of one Struct as rows."""
    meanings = read_meanings(struct)
    info: Any = types.type_info(struct)
    for field in info.fields:
        path = f"{prefix}.{field.name}" if prefix else field.name
        yield Setting(path, describe_type(field.type), describe_default(field), meanings.get(field.name, ""))


def read_meanings(struct: type) -> dict[str, str]:
    """The text below each field of a class, by the field's name."""
    (definition,) = ast.parse(inspect.getsource(struct)).body
    body = definition.body if isinstance(definition, ast.ClassDef) else []
    meanings: dict[str, str] = {}
    for before, after in pairwise(body):
        match before, after:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                meanings[name] = " ".join(text.split())
    return meanings


PLAIN_TYPES: dict[type, str] = {
    types.StrType: "text",
    types.BoolType: "true or false",
    types.CustomType: "secret",
    types.AnyType: "anything",
    types.FloatType: "number",
    types.IntType: "whole number",
    types.StructType: "settings",
}


def describe_type(kind: Any) -> str:
    """A type in words."""
    match kind:
        case types.Metadata(extra={"overrides": overridden}):
            return f"fields of `{overridden.__name__}`"
        case types.UnionType(types=members):
            return " or ".join(describe_type(one) for one in members if not isinstance(one, types.NoneType))
        case types.ListType(item_type=inner):
            return f"list of {describe_type(inner)}"
        case types.DictType(value_type=inner):
            return f"mapping of names to {describe_type(inner)}"
        case types.LiteralType(values=values):
            return ", ".join(f"`{value}`" for value in values if value != "")
        case _:
            return PLAIN_TYPES[type(kind)]


def describe_default(field: Any) -> str:
    """What holds where nothing is said."""
    if field.required:
        return "required"
    if field.default_factory is not msgspec.NODEFAULT:
        return "none"
    value = field.default
    if value is None or value == "" or isinstance(value, msgspec.Struct):
        return "as below" if isinstance(value, msgspec.Struct) else "none"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


# -- providers ---------------------------------------------------------------------------------------------------------


def build_providers_page() -> str:
    """The catalogue as tables."""
    rows = load_rows().values()
    lines = [
        "# Providers",
        NOTICE,
        "",
        "What Dragoman knows beforehand. A provider is used as soon as one of its key variables is set (several keys with",
        "commas between them make a pool), or, for a server of one's own, as soon as its address variable is. In a",
        "configuration file the name alone is enough: `providers: {openai: {api_key: …}}`. Anyone else can be added with",
        "`dialect` and `base_url`. A variable that leads back to the gateway itself (`OPENAI_BASE_URL`, set for the clients",
        "on the same machine) is not followed, and nobody is found by it.",
        "",
        "| Name | Provider | Dialects | Base URL | Keys from | Moved by |",
        "|---|---|---|---|---|---|",
        *(build_provider_line(row) for row in rows),
        "",
        "`{places}` in a base URL are filled from the variables named below.",
        "",
        *(
            f"- {row.name}: " + ", ".join(f"`{{{place}}}` from {code(names)}" for place, names in row.places.items())
            for row in rows
            if row.places
        ),
        "",
        "Used only where a configuration names them, because their variables mean other things too: "
        + ", ".join(row.name for row in rows if row.is_shy)
        + ".",
    ]
    return "\n".join(lines) + "\n"


def build_provider_line(row: ProviderRow) -> str:
    """One row of the table."""
    dialects = ", ".join([row.dialect, *row.also])
    base_url = f"`{row.base_url}`" if row.base_url else "your own"
    return (
        f"| `{row.name}` | [{row.title}]({row.docs}) | {dialects} | {base_url} "
        f"| {code([*row.key_env, *row.default_env])} | {code(row.base_url_env)} |"
    )


def code(names: list[str]) -> str:
    """Names as code, with commas."""
    return ", ".join(f"`{name}`" for name in names)


# -- admin API ---------------------------------------------------------------------------------------------------------


def build_api_page() -> str:
    """The OpenAPI document of the admin API; the console's types are made from it."""
    return msgspec.json.format(msgspec.json.encode(describe()), indent=2).decode() + "\n"


# -- commands ----------------------------------------------------------------------------------------------------------


def build_cli_page() -> str:
    """The help of every command."""
    lines = ["# Command line", NOTICE, "", "```text", help_of(dragoman, "dragoman"), "```"]
    known: tuple[CommandName, ...] = get_args(CommandName)
    for name in known:
        command = load_command(name)
        lines += ["", f"## dragoman {name}", "", COMMANDS[name], "", "```text", help_of(command, f"dragoman {name}")]
        for inner in command.commands.values() if isinstance(command, click.Group) else ():
            lines += ["```", "", "```text", help_of(inner, f"dragoman {name} {inner.name}")]
        lines.append("```")
    return "\n".join(lines) + "\n"


def help_of(command: click.Command, name: str) -> str:
    """What `--help` prints, at a width of its own, so that no terminal changes the page."""
    context = click.Context(
        command, info_name=name, terminal_width=100, max_content_width=100, **command.context_settings
    )
    return command.get_help(context)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
