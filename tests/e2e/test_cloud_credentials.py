"""Providers whose secrets a cloud lends to the machine: found, renewed for all, shown to nobody, and not asked for by a
gateway that has no such provider.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import openai
import pytest

from tests.cloud_double import CONTAINER_TOKEN, SUBJECT_TOKEN, Cloud, running_cloud
from tests.e2e.gateway import Gateway, running_gateway
from tests.simulator import Simulator

PROVIDERS = """
discover_providers: {discovers}
providers:
  plain: {{dialect: openai_chat, base_url: "{url}/v1", api_key: a-plain-provider-key}}
  {more}
"""


NOTHING: Mapping[str, str] = {}


class Scene:
    """A gateway between a cloud that lends and a simulator that plays every provider."""

    def __init__(self, gateway: Gateway, simulator: Simulator, cloud: Cloud) -> None:
        self.gateway = gateway
        self.simulator = simulator
        self.cloud = cloud
        self._client = openai.OpenAI(base_url=f"{gateway.url}/v1", api_key="caller", max_retries=0, timeout=20)

    def ask(self, model: str) -> str:
        answer = self._client.chat.completions.create(model=model, messages=[{"role": "user", "content": "Hi."}])
        return answer.choices[0].message.content or ""

    def check_silence(self) -> None:
        for secret in ("canary", "LENT"):
            assert secret not in self.gateway.log


@contextmanager
def open_scene(
    folder: Path, more: str, environment: Mapping[str, str] = NOTHING, *, discovers: bool = False
) -> Iterator[Scene]:
    with running_cloud() as cloud, Simulator() as simulator:
        config = PROVIDERS.format(url=simulator.url, discovers=str(discovers).lower(), more=more)
        places = {
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": cloud.url,
            "AWS_ENDPOINT_URL_STS": cloud.url,
            "AWS_CONFIG_FILE": str(folder / "none"),
            "AWS_SHARED_CREDENTIALS_FILE": str(folder / "none"),
            "CLOUDSDK_CONFIG": str(folder),
            "GCE_METADATA_HOST": cloud.url.removeprefix("http://"),
            "AZURE_POD_IDENTITY_AUTHORITY_HOST": f"{cloud.url}/azure",
        }
        told = {name: value.format(cloud=cloud.url) for name, value in environment.items()}
        with running_gateway(folder, config.replace("{url}", simulator.url), {**places, **told}) as gateway:
            scene = Scene(gateway, simulator, cloud)
            yield scene
            scene.check_silence()


def test_a_container_lends_one_key_for_many_requests(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(CONTAINER_TOKEN)
    told = {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": "{cloud}/container/role",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(tmp_path / "token"),
        "AWS_REGION": "eu-west-3",
    }
    with open_scene(tmp_path, 'bedrock-iam: {base_url: "{url}"}', told, discovers=True) as scene:
        assert scene.cloud.asked == []
        assert scene.ask("bedrock-iam/sim") == scene.ask("bedrock-iam/sim") == "You said: Hi."
        assert scene.cloud.paths == ["/container/role"]
        assert {record.key for record in scene.simulator.journal} == {"LENT1"}
        assert {record.carrier for record in scene.simulator.journal} == {"sigv4"}


def test_an_instance_lends_a_key_to_who_asks_for_what_is_lent(tmp_path: Path) -> None:
    with open_scene(tmp_path, 'own: {row: bedrock-iam, base_url: "{url}", api_key: default}') as scene:
        assert scene.ask("own/sim") == "You said: Hi."
        assert scene.cloud.paths[0] == "/latest/api/token"
        (record,) = scene.simulator.journal
        assert (record.key, record.headers["x-amz-security-token"]) == ("LENT1", "canary-session")


def test_a_platforms_token_borrows_a_role(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(SUBJECT_TOKEN)
    told = {"AWS_WEB_IDENTITY_TOKEN_FILE": str(tmp_path / "token"), "AWS_ROLE_ARN": "arn:aws:iam::1:role/r"}
    with open_scene(tmp_path, 'own: {row: bedrock-iam, base_url: "{url}", api_key: default}', told) as scene:
        assert scene.ask("own/sim") == "You said: Hi."
        assert scene.cloud.asked[0].form["Action"] == "AssumeRoleWithWebIdentity"


def test_machines_of_google_and_azure_lend_tokens(tmp_path: Path) -> None:
    vertex = 'vertex: {base_url: "{url}/v1/projects/p/publishers/google", api_key: default}'
    azure = 'azure-entra: {base_url: "{url}/v1", api_key: default}'
    with open_scene(tmp_path, f"{vertex}\n  {azure}") as scene:
        assert scene.ask("vertex/gemini-sim") == scene.ask("azure-entra/sim") == "You said: Hi."
        assert [record.key for record in scene.simulator.journal] == ["LENT1", "LENT2"]
        assert {record.carrier for record in scene.simulator.journal} == {"authorization"}


def test_a_cloud_that_says_no_is_asked_once_and_the_operator_is_told_why(tmp_path: Path) -> None:
    with open_scene(tmp_path, 'own: {row: azure-entra, base_url: "{url}/v1", api_key: default}') as scene:
        scene.cloud.fault = 400
        with pytest.raises(openai.APIStatusError, match="operator of the gateway") as caught:
            scene.ask("own/sim")
        assert "canary" not in str(caught.value)
        assert len(scene.cloud.asked) == 1
        assert scene.simulator.journal == []
        assert "Microsoft Entra refused what the gateway showed (400, invalid_grant)." in scene.gateway.log


def test_nobody_is_asked_by_a_gateway_that_has_no_such_provider(tmp_path: Path) -> None:
    told = {"AWS_REGION": "r", "AWS_CONTAINER_CREDENTIALS_FULL_URI": "{cloud}/container/role", "AWS_PROFILE": "p"}
    with open_scene(tmp_path, "", told, discovers=True) as scene:
        assert scene.ask("plain/sim") == "You said: Hi."
        assert scene.cloud.asked == []
