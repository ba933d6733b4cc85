"""What holds for any file at all: it loads, or it is refused by one `DragomanError`; and no secret is ever shown."""

from __future__ import annotations

import string
import traceback

import msgspec
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dragoman.catalog.providers import load_rows
from dragoman.cli.banner import build_banner
from dragoman.cli.check import build_report
from dragoman.config.advice import find_warnings
from dragoman.config.load import parse_settings
from dragoman.config.schema import Settings
from dragoman.errors import DragomanError
from tests.trials import trials

CANARY = "cAnArY-q7W2e9-uvKLxyz"
ENVIRONMENT = {"SECRET": CANARY, "PORT": "8001", "DRAGOMAN_API_KEY": f"{CANARY}-gateway-key"}

WORDS = st.sampled_from(
    [
        *("server", "auth", "timeouts", "providers", "routes", "logging", "host", "port", "keys", "secret", "name"),
        *("openai", "mine", "dialect", "base_url", "api_key", "credentials", "headers", "models", "profile", "also"),
        *("targets", "target", "weight", "policy", "aliases", "openai_chat", "weighted", "openai/gpt-4o", "mine/x"),
        *("http://127.0.0.1:9/v1", "${SECRET}", "${PORT}", "${MISSING}", "${", "$${X}", "", "0.0.0.0", "tools", "row"),
    ]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=12) | st.dates()
TREES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.text(max_size=4) | st.integers(), inner, max_size=5)
    ),
    max_leaves=25,
)
LIKELY = st.fixed_dictionaries(
    {},
    optional={
        "server": st.dictionaries(st.sampled_from(["host", "port", "drain_seconds", "prot"]), SCALARS, max_size=3),
        "auth": st.dictionaries(st.just("keys"), TREES, max_size=1),
        "providers": st.dictionaries(
            st.sampled_from(["openai", "mine", "ollama", "azure"]),
            st.dictionaries(
                st.sampled_from(
                    ["dialect", "base_url", "api_key", "credentials", "headers", "models", "profile", "also"]
                ),
                TREES,
                max_size=4,
            ),
            max_size=3,
        ),
        "routes": st.dictionaries(st.sampled_from(["a", "b"]), TREES, max_size=2),
    },
)


def load_any(text: str) -> Settings | DragomanError:
    """The settings or the refusal; anything else fails the test."""
    try:
        return parse_settings(text, ENVIRONMENT, load_rows(), (), "any.yaml")
    except DragomanError as error:
        return error


@trials(150)
@given(TREES | LIKELY)
def test_any_structure_loads_or_is_refused_in_one_way(tree: object) -> None:
    text = yaml.safe_dump(tree, allow_unicode=True)
    outcome = load_any(text)
    assert isinstance(outcome, Settings) or outcome.code == "configuration"


@trials(150)
@given(st.text(alphabet=string.printable + "é\x00\u2028\ufeff", max_size=60))
def test_any_text_loads_or_is_refused_in_one_way(text: str) -> None:
    outcome = load_any(text)
    assert isinstance(outcome, Settings) or outcome.code == "configuration"


# A secret in every place whose value no message has a reason to repeat: the right ones and, as happens, wrong ones.
CANARIES = st.sampled_from(["${SECRET}", "${SECRET},${SECRET}x", f"{CANARY}-written-out", "Bearer ${SECRET}"])
ANYTHING = CANARIES | st.none() | st.booleans() | st.integers() | st.lists(CANARIES, max_size=2)
ROUTE = st.fixed_dictionaries({"targets": st.just("mine/m")}, optional={"policy": ANYTHING, "strict": ANYTHING})
PROVIDER = st.fixed_dictionaries(
    {"api_key": ANYTHING},
    optional={
        "dialect": st.just("openai_chat") | ANYTHING,
        "base_url": st.just("http://127.0.0.1:9/v1") | ANYTHING,
        "auth": ANYTHING,
        "enabled": ANYTHING,
        "credentials": st.lists(ANYTHING | st.fixed_dictionaries({"secret": ANYTHING, "weight": ANYTHING}), max_size=2),
        "headers": st.dictionaries(st.sampled_from(["x-key", "Host"]), ANYTHING, max_size=2),
        "profile": st.dictionaries(st.sampled_from(["tools", "media", "toools"]), st.integers() | CANARIES, max_size=2),
        "also": st.dictionaries(st.sampled_from(["openai_chat", "gemini"]), ANYTHING, max_size=2),
    },
)
SECRETIVE = st.fixed_dictionaries(
    {"providers": st.fixed_dictionaries({"mine": PROVIDER, "openai": PROVIDER})},
    optional={
        "server": st.fixed_dictionaries({}, optional={"port": ANYTHING, "allowed_origins": ANYTHING}),
        "auth": st.fixed_dictionaries({"keys": st.lists(CANARIES, max_size=2)}),
        "logging": st.fixed_dictionaries({"level": ANYTHING}),
        "routes": st.fixed_dictionaries({"r": ROUTE}),
    },
)


@trials(200)
@given(SECRETIVE)
def test_no_secret_is_shown_whatever_the_file(tree: object) -> None:
    outcome = load_any(yaml.safe_dump(tree))
    if isinstance(outcome, Settings):
        origins = msgspec.structs.replace(outcome.server, allowed_origins=[])  # these are no secrets, and were accepted
        shown = repr(msgspec.structs.replace(outcome, server=origins))
        shown += build_banner(outcome, None) + build_report(outcome, None) + str(find_warnings(outcome))
    else:
        shown = "".join(traceback.format_exception(outcome)) + repr(outcome)
    assert CANARY not in shown


@given(CANARIES)
def test_a_sound_file_full_of_secrets_loads_and_shows_none(canary: str) -> None:
    provider = {"dialect": "openai_chat", "base_url": "http://127.0.0.1:9/v1", "headers": {"x-key": canary}}
    tree = {"providers": {"mine": {**provider, "api_key": canary, "credentials": [canary]}}, "auth": {"keys": canary}}
    outcome = load_any(yaml.safe_dump(tree))
    assert isinstance(outcome, Settings)
    assert CANARY not in repr(outcome) + build_report(outcome, None)
    assert CANARY in outcome.providers["mine"].credentials[0].secret.reveal()
