"""The main of a worker process: one model behind llama.cpp's own HTTP server, on a unix socket.

`python -m dragoman.engine.worker NAME` (for people who look at processes) reads its spec from standard input and lives until that ends, which it does however
the gateway dies; on Linux the kernel also kills it with its parent, even while it is loading. The only module that
imports the engine's native code, and no other module imports this one.
"""

from __future__ import annotations

import ctypes
import http.client
import json
import os
import signal
import socket
import sys
from typing import Any

import xllamacpp

from dragoman.engine.spec import Abilities, WorkerSpec, decode_spec, encode_line

_PR_SET_PDEATHSIG = 1
_QUIET = 1  # errors only

SAMPLING_FIELDS = {
    "temperature": "temp",
    "top_p": "top_p",
    "top_k": "top_k",
    "min_p": "min_p",
    "repeat_penalty": "penalty_repeat",
}
"""Our words for sampling defaults, and the native library's."""


def main() -> int:
    """Serve until the gateway is gone."""
    report = claim_output()
    spec = decode_spec(sys.stdin.buffer.readline())
    die_with_parent(spec.parent_pid)
    os.nice(spec.nice)
    server = xllamacpp.Server(build_parameters(spec))
    os.write(report, encode_line(read_abilities(ask_properties(spec), embeds=spec.embeds)))
    while sys.stdin.buffer.read(1):
        pass
    del server
    return 0


def claim_output() -> int:
    """Keep standard output for ourselves; whatever the native library prints goes where errors go."""
    report = os.dup(1)
    os.dup2(2, 1)
    return report


def die_with_parent(parent_pid: int) -> None:
    """Ask the kernel for the end of this process when the gateway's comes; elsewhere than on Linux the end of standard
    input has to do."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))
        if os.getppid() != parent_pid:  # it had gone before we asked
            os._exit(1)


def build_parameters(spec: WorkerSpec) -> Any:
    """The native library's own parameters."""
    parameters = xllamacpp.CommonParams()
    parameters.model.path = spec.model_path
    parameters.mmproj.path = spec.mmproj_path
    parameters.chat_template = spec.template
    parameters.model_alias = {spec.name}
    parameters.hostnames = [spec.socket_path]
    parameters.api_keys = [spec.api_key]
    parameters.n_ctx = spec.context_tokens
    parameters.n_parallel = spec.slots
    parameters.kv_unified = True  # else each slot would have only its share of the context
    parameters.cache_ram_mib = spec.cache_mib
    parameters.lora_adapters = [build_lora(spec)] if spec.lora_path else []
    parameters.embedding = spec.embeds
    parameters.n_gpu_layers = spec.gpu_layers  # below 0: all
    if spec.gpu_layers == 0:
        parameters.mmproj_use_gpu = False
        parameters.no_op_offload = True  # else long prompts would go there all the same
    parameters.fit_params = False
    parameters.warmup = False
    parameters.ui = False
    parameters.endpoint_slots = False
    parameters.endpoint_metrics = True  # counters of tokens and seconds, behind the same key
    parameters.verbosity = _QUIET
    if spec.image_max_tokens:
        parameters.image_max_tokens = spec.image_max_tokens
    parameters.cpuparams.n_threads = spec.threads
    parameters.cpuparams_batch.n_threads = spec.threads
    for name, value in spec.sampling.items():
        field = SAMPLING_FIELDS[name]
        setattr(parameters.sampling, field, type(getattr(parameters.sampling, field))(value))
    return parameters


def build_lora(spec: WorkerSpec) -> Any:
    """A LoRA file, to be laid on for all requests."""
    lora = xllamacpp.CommonAdapterLoraInfo()
    lora.path = spec.lora_path
    lora.scale = spec.lora_strength
    return lora


def ask_properties(spec: WorkerSpec) -> dict[str, Any]:
    """What the server that has just started says of itself; proves that it answers, too."""
    connection = http.client.HTTPConnection("local")
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(spec.socket_path)
    connection.request("GET", "/props", headers={"authorization": f"Bearer {spec.api_key}", "connection": "close"})
    with connection.getresponse() as response:
        properties: dict[str, Any] = json.load(response)
    return properties


def read_abilities(properties: dict[str, Any], *, embeds: bool = False) -> Abilities:
    """What of it matters to us. A template without tools would drop them silently."""
    template = properties.get("chat_template_caps", {})
    modalities = properties.get("modalities", {})
    return Abilities(tools=bool(template.get("supports_tools")), images=bool(modalities.get("vision")), embeds=embeds)


if __name__ == "__main__":
    code = main()
    os._exit(code)  # threads of the native library may still be answering somebody who has gone
