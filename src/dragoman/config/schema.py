"""Every setting there is, with its type, its default and its meaning.

The text below a field is its documentation: `tools/reference.py` makes the reference from it, and a test fails if one
is missing. Units stand in names. After `load_settings` all fields that the catalogue can fill are filled, so a reader
never has to look in two places.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from dragoman.config.metrics import MetricsSettings
from dragoman.config.responses import ResponsesSettings
from dragoman.model.profile import Profile
from dragoman.model.secret import Secret

Port = Annotated[int, Meta(ge=0, le=65535)]
Seconds = Annotated[float, Meta(gt=0, le=86_400)]
Count = Annotated[int, Meta(ge=1)]
NoneOrMore = Annotated[int, Meta(ge=0)]
Dollars = Annotated[float, Meta(ge=0, le=1_000_000)]
Weight = Annotated[float, Meta(gt=0)]
LOCAL_PROVIDER = "local"
ProfileOverrides = Annotated[dict[str, Any], Meta(extra={"overrides": Profile})]

DialectName = Literal["", "openai_chat", "openai_responses", "anthropic_messages", "gemini_generate"]
AuthScheme = Literal["", "none", "bearer", "x-api-key", "x-goog-api-key", "api-key", "query"]
LogLevel = Literal["debug", "info", "warning", "error"]


class ServerSettings(msgspec.Struct, frozen=True):
    """Where the gateway listens and what it bears."""

    host: str = "127.0.0.1"
    """Address to listen on. Anything but loopback demands at least one key in `auth.keys`."""

    port: Port = 8642
    """Port to listen on; 0 takes any free one."""

    body_limit_bytes: Count = 32 * 1024 * 1024
    """Largest request body; a larger one is refused with 413."""

    head_timeout_seconds: Seconds = 10.0
    """How long a client may take to send its request's head."""

    body_timeout_seconds: Seconds = 30.0
    """How long a client may take to send its request's body."""

    drain_seconds: Seconds = 30.0
    """How long running answers may go on after the gateway was told to stop."""

    heartbeat_seconds: Seconds = 15.0
    """A stream that has been silent this long gets a sign of life, in dialects that allow one."""

    slow_reader_seconds: Seconds = 60.0
    """A client that takes nothing of its stream for this long is cut off."""

    max_in_flight: Count = 1024
    """Requests served at the same time; one more is refused at once with 503."""

    allowed_hosts: list[str] = []
    """Names by which clients may address the gateway, beside loopback names and the address it listens on."""

    allowed_origins: list[str] = []
    """Web origins (`https://chat.example.org`) whose pages may call the gateway and read its answers (CORS)."""


class KeySettings(msgspec.Struct, frozen=True):
    """A key that clients show to the gateway. May be written as just the secret."""

    secret: Secret
    """The key itself, at least 16 characters; best as `${A_VARIABLE}`."""

    name: str = ""
    """What logs call it; `key-1`, `key-2`, … if left out."""


class AuthSettings(msgspec.Struct, frozen=True):
    """Who may use the gateway."""

    keys: list[KeySettings] = []
    """Keys that clients may use. Without any, everyone who can reach the port may, so it has to be loopback."""


class TimeoutSettings(msgspec.Struct, frozen=True):
    """How long to wait for a provider, phase by phase."""

    connect_seconds: Seconds = 5.0
    """Name lookup, connection and TLS together."""

    send_seconds: Seconds = 30.0
    """Until the provider has taken the request."""

    first_byte_seconds: Seconds = 60.0
    """From the request's last byte to the answer's first."""

    idle_seconds: Seconds = 60.0
    """Between any two bytes of an answer."""

    progress_seconds: Seconds = 180.0
    """Between any two bytes of an answer that mean something; a ping does not."""

    total_seconds: Seconds = 1200.0
    """For the whole answer."""


class CredentialSettings(msgspec.Struct, frozen=True):
    """One key of a provider's pool. May be written as just the secret."""

    secret: Secret
    """The key itself; best as `${A_VARIABLE}`."""

    name: str = ""
    """What logs call it; `key-1`, `key-2`, … if left out."""

    weight: Weight = 1.0
    """Its share of the requests, compared with the other keys of the provider."""

    models: list[str] | None = None
    """The only models it may be used for; all if left out."""

    base_url: str = ""
    """Where this key is valid, if not at the provider's own address (a region, say)."""

    headers: dict[str, Secret] = {}
    """Headers to send with this key, beside those of the provider."""

    rpm: NoneOrMore = 0
    """Requests that it may be used for in any minute; no limit of yours if 0. The provider's own are learnt."""

    tpm: NoneOrMore = 0
    """Tokens that it may be used for in any minute; no limit of yours if 0."""

    concurrency: NoneOrMore = 0
    """Requests that it may be used for at the same time; no limit if 0."""


class ProviderSettings(msgspec.Struct, frozen=True):
    """Who serves. A name of the catalogue needs nothing more than a key, often not even that."""

    row: str = ""
    """Row of the catalogue to start from; the row of the provider's own name if left out."""

    dialect: DialectName = ""
    """How to speak to it; the row's own dialect if left out."""

    base_url: str = ""
    """Where it is. With `/v1` for the OpenAI dialects, without for Anthropic, with `/v1beta` for Gemini."""

    auth: AuthScheme = ""
    """How a key is shown to it; the row's way if left out."""

    api_key: Secret | None = None
    """Shorthand for `credentials`: one key, or several with commas between them."""

    credentials: list[CredentialSettings] = []
    """The pool of keys. If there are none, those of the environment are taken."""

    headers: dict[str, Secret] = {}
    """Headers to send with every request."""

    models: list[str] | None = None
    """Models it is known to have, listed to clients; the row's hints if left out. Others can be asked for as well."""

    also: dict[str, str] = {}
    """Further dialects that it speaks, with their base URLs; the row's if left out and it was not moved."""

    timeouts: TimeoutSettings | None = None
    """Its own timeouts; what is left out is as in the top-level `timeouts`."""

    profile: ProfileOverrides = {}
    """Quirks that are known better here than in the catalogue, such as `max_tokens_field: max_tokens`."""

    enabled: bool = True
    """`false` keeps the entry without using it, and keeps the environment from adding it."""


class TargetSettings(msgspec.Struct, frozen=True):
    """Where a route leads. May be written as just `provider/model`."""

    target: str
    """`provider/model`; everything after the first slash is the model's name at the provider. Or another route."""

    weight: Weight = 1.0
    """Its share of the requests where the route's policy is `weighted`."""


class FallbackSettings(msgspec.Struct, frozen=True):
    """Who is asked after an error of a certain class, instead of the route's next target."""

    rate_limit: list[TargetSettings] = []
    """When no key is within its limits."""

    context_length: list[TargetSettings] = []
    """When the request is too long for the model."""

    content_policy: list[TargetSettings] = []
    """When the provider's policy refuses the request."""

    timeout: list[TargetSettings] = []
    """When the provider takes too long."""

    unavailable: list[TargetSettings] = []
    """When the provider is down, overloaded or answers with nonsense."""


class RouteSettings(msgspec.Struct, frozen=True):
    """A public model name; one `*` in it stands for any text. May be written as just its target, or a list of targets."""

    targets: list[TargetSettings]
    """Who may answer, best first. Where the route's name has a `*`, one in a target stands for the same text."""

    policy: Literal["ordered", "weighted", "fastest", "cheapest", "least_busy"] = "ordered"
    """`ordered` tries the targets as listed; `weighted` draws the order for each request; `cheapest` goes by list prices
    or your own; `fastest` and `least_busy` draw two and take the one that was quicker to answer of late, or has less to
    do for its weight."""

    fallback: FallbackSettings = FallbackSettings()
    """Who is asked after an error of a certain class."""

    aliases: list[str] = []
    """Further names of the same route."""

    strict: bool = False
    """Refuse a request that cannot be carried over without a loss."""

    on_disconnect: Literal["cancel", "finish"] = "cancel"
    """What becomes of an answer whose client has gone."""

    timeouts: TimeoutSettings | None = None
    """Instead of those of the provider; what is left out is as in the top-level `timeouts`."""


class RoutingSettings(msgspec.Struct, frozen=True):
    """How hard the gateway tries."""

    max_attempts: Annotated[int, Meta(ge=1, le=10)] = 3
    """Attempts that one request may cause."""

    max_wait_seconds: Annotated[float, Meta(ge=0, le=600)] = 5.0
    """How long a request may wait for a key while all of them rest or are busy; then it is refused with 429."""

    queue_limit: Count = 1024
    """Requests that may wait for a key at the same time; one more is refused at once with 503."""

    affinity: bool = True
    """Whether conversations stay with the key whose prompt cache they have warmed."""


class LocalSettings(msgspec.Struct, frozen=True):
    """Models that run on this machine, as the provider `local`; they need the extra `dragoman[local]`."""

    enabled: bool = True
    """Whether the provider `local` steps in by itself: where no other is there, where a route names it, and once a
    model was added. Where it stands under `providers` it is there anyhow."""

    folder: str = ""
    """Where models are kept; `dragoman/models` in the user's cache folder if left out."""

    memory_mib: NoneOrMore = 0
    """Memory that all loaded models may hold together; half of the machine's if 0. The longest unused one makes way."""

    threads: NoneOrMore = 0
    """Threads of a worker; as many as the machine has cores if 0."""

    slots: Count = 4
    """Requests that a model answers at the same time."""

    queue_limit: NoneOrMore = 64
    """Requests that may wait for a slot; one more is refused at once with 503."""

    queue_seconds: Seconds = 120.0
    """How long a request waits for a slot before it is refused with 503."""

    start_seconds: Seconds = 120.0
    """How long a request waits for a model to be fetched and loaded before it is refused with 503."""

    idle_seconds: Seconds = 900.0
    """A model that nobody has asked for this long is unloaded."""

    max_tokens: Count = 1024
    """Length of an answer where the request sets no limit."""

    nice: Annotated[int, Meta(ge=0, le=19)] = 5
    """How much workers give way to everything else on the machine."""


class LedgerSettings(msgspec.Struct, frozen=True):
    """What is kept of every exchange: who asked whom, how it went, what it consumed. Never what was said."""

    enabled: bool = True
    """Whether anything is kept at all."""

    path: str = ""
    """Folder of the ledger and its journals; `ledger` in the user's data folder, or where `DRAGOMAN_DATA` is, if left out."""

    retention_days: NoneOrMore = 90
    """How long single exchanges are kept, and sums by the minute; 0 is for ever. Sums by the hour and the day stay."""


class PriceSettings(msgspec.Struct, frozen=True):
    """Prices of your own, above the list prices: dollars for a million tokens. A class that is left out costs what its
    nearest other one costs: what a cache gave as `input`, reasoning as `output`."""

    match: str
    """Which models: `provider/model` with the names of this file, `*` for any text. The first entry that fits counts."""

    since: str = ""
    """Day (UTC) from which they hold, such as `"2026-11-01"`; another entry of the same `match` may follow on later."""

    above_tokens: NoneOrMore = 0
    """Only for requests with more input than this many tokens; what is below is another entry of the same `match`."""

    input: Dollars | None = None
    """Input that no cache gave."""

    cache_read: Dollars | None = None
    """Input out of a cache."""

    cache_write_5m: Dollars | None = None
    """Input kept in a cache for five minutes, or for a time that is not told."""

    cache_write_1h: Dollars | None = None
    """Input kept in a cache for an hour."""

    input_audio: Dollars | None = None
    """Sound that was heard."""

    input_image: Dollars | None = None
    """Images that were seen."""

    output: Dollars | None = None
    """Text and tool calls that were written."""

    reasoning: Dollars | None = None
    """Thought that was not shown as text."""

    output_audio: Dollars | None = None
    """Sound that was made."""

    output_image: Dollars | None = None
    """Images that were made."""


class LoggingSettings(msgspec.Struct, frozen=True):
    """What is logged, and in which form."""

    level: LogLevel = "info"
    """The least that is logged."""

    format: Literal["text", "json"] = "text"
    """`text` for people, `json` with one object a line for machines."""


class Settings(msgspec.Struct, frozen=True):
    """All of it."""

    server: ServerSettings = ServerSettings()
    """Where the gateway listens and what it bears."""

    auth: AuthSettings = AuthSettings()
    """Who may use the gateway."""

    timeouts: TimeoutSettings = TimeoutSettings()
    """How long to wait for a provider, unless a provider or a route says otherwise."""

    providers: dict[str, ProviderSettings] = {}
    """Who serves, by a name of your choice (letters, digits, `.`, `_`, `-`)."""

    discover_providers: bool = True
    """Whether providers whose keys are in the environment are added to those listed."""

    routes: dict[str, RouteSettings] = {}
    """Public model names. Beside them `provider/model` always works."""

    routing: RoutingSettings = RoutingSettings()
    """How hard the gateway tries."""

    local: LocalSettings = LocalSettings()
    """Models that run on this machine."""

    ledger: LedgerSettings = LedgerSettings()
    """What is kept of every exchange."""

    responses: ResponsesSettings = ResponsesSettings()
    """Responses that the gateway itself keeps, with all that was said."""

    prices: list[PriceSettings] = []
    """Prices of your own, above the list prices that Dragoman knows."""

    metrics: MetricsSettings = MetricsSettings()
    """What is counted for Prometheus."""

    logging: LoggingSettings = LoggingSettings()
    """What is logged, and in which form."""
