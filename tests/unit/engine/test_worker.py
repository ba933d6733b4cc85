"""What a worker makes of its spec. That it serves is proved by the tests of the process and of the engine."""

from __future__ import annotations

import os

import pytest

from dragoman.engine.spec import Abilities, WorkerSpec
from dragoman.engine.worker import SAMPLING_FIELDS, build_parameters, die_with_parent, read_abilities


def make_spec(**changes: object) -> WorkerSpec:
    return WorkerSpec("m", "/m.gguf", "/s.sock", "k", os.getpid(), **changes)  # type: ignore[arg-type]


def test_every_slot_has_the_whole_context_and_nothing_is_guessed() -> None:
    parameters = build_parameters(make_spec(threads=3, context_tokens=777, slots=5, cache_mib=9))
    assert (parameters.n_ctx, parameters.n_parallel, parameters.kv_unified) == (777, 5, True)
    assert (parameters.cpuparams.n_threads, parameters.cpuparams_batch.n_threads) == (3, 3)
    assert (parameters.cache_ram_mib, parameters.fit_params, parameters.warmup, parameters.ui) == (
        9,
        False,
        False,
        False,
    )


def test_layers_go_to_a_gpu_unless_it_is_to_be_left_alone() -> None:
    usual, none, some = (build_parameters(make_spec(**one)) for one in ({}, {"gpu_layers": 0}, {"gpu_layers": 20}))
    assert (usual.n_gpu_layers, usual.mmproj_use_gpu, usual.no_op_offload) == (-1, True, False)
    assert (none.n_gpu_layers, none.mmproj_use_gpu, none.no_op_offload) == (0, False, True)
    assert (some.n_gpu_layers, some.mmproj_use_gpu) == (20, True)


def test_it_listens_on_the_socket_alone_and_wants_the_key() -> None:
    parameters = build_parameters(make_spec())
    assert (list(parameters.hostnames), list(parameters.api_keys)) == (["/s.sock"], ["k"])


def test_a_template_of_ours_goes_before_the_models_own() -> None:
    assert build_parameters(make_spec(template="{{ x }}")).chat_template == "{{ x }}"
    assert build_parameters(make_spec()).chat_template == ""


def test_a_lora_is_laid_on_at_its_full_strength_unless_it_has_another() -> None:
    (lora,) = build_parameters(make_spec(lora_path="/l.gguf")).lora_adapters
    assert (lora.path, lora.scale) == ("/l.gguf", 1.0)
    (weak,) = build_parameters(make_spec(lora_path="/l.gguf", lora_strength=0.25)).lora_adapters
    assert weak.scale == 0.25
    assert list(build_parameters(make_spec()).lora_adapters) == []


def test_an_image_takes_no_more_than_allowed() -> None:
    assert build_parameters(make_spec(image_max_tokens=64)).image_max_tokens == 64
    assert build_parameters(make_spec()).image_max_tokens < 0  # the library's own choice


def test_sampling_defaults_reach_the_native_library_in_its_own_types() -> None:
    sampling = build_parameters(make_spec(sampling=dict.fromkeys(SAMPLING_FIELDS, 0.5) | {"top_k": 7.0})).sampling
    assert (sampling.temp, sampling.top_p, sampling.top_k, sampling.penalty_repeat) == (0.5, 0.5, 7, 0.5)


def test_a_default_that_nobody_knows_is_no_silent_matter() -> None:
    with pytest.raises(KeyError):
        build_parameters(make_spec(sampling={"warmth": 1.0}))


@pytest.mark.parametrize(
    ("properties", "abilities"),
    [
        ({}, Abilities()),
        ({"chat_template_caps": {"supports_tools": True}, "modalities": {"vision": False}}, Abilities(tools=True)),
        ({"chat_template_caps": {"supports_tools": False}, "modalities": {"vision": True}}, Abilities(images=True)),
    ],
)
def test_abilities_are_what_the_server_says_of_itself(properties: dict[str, object], abilities: Abilities) -> None:
    assert read_abilities(properties) == abilities


def test_a_worker_with_its_own_parent_lives(capfd: pytest.CaptureFixture[str]) -> None:
    pid = os.fork()
    if pid == 0:
        die_with_parent(os.getppid())
        os._exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
