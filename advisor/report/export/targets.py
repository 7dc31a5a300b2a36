"""Targets of an exported folder: one table for the command's help, the writer and the documentation."""

from collections.abc import Mapping
from typing import NamedTuple


class Target(NamedTuple):
    """One target: the files that it adds to the folder, its needs, and its limits."""

    name: str
    files: tuple[str, ...]
    needs: str
    lacks: str


TARGETS = (
    Target("python", ("predict.py", "requirements.txt", "labels.json", "choice.json", "README.md"),
        "Python, and what requirements.txt pins",
        "no weights of public repositories: they are fetched, at the pinned revision, when the module is imported"),
    Target("weights", ("model/",), "the licence that lets you keep or pass on a copy; only written where it is named",
        "no conversion: ONNX stays ONNX, safetensors safetensors, GGUF GGUF"),
    Target("fastapi", ("app.py", "requirements-app.txt"), "FastAPI and uvicorn", "no login and no limit of its own"),
    Target("docker", ("Dockerfile", ".dockerignore", "app.py", "requirements-app.txt"),
        "Docker, and the network while it builds", "no graphics card"),
    Target("ollama", ("Modelfile", "request-ollama.json"),
        "Ollama and a GGUF file; requests need the response_format of request-ollama.json",
        "no grammar: labels come in quotes, as JSON, and a small model may choose others; README.md has the count"),
    Target("llama-server", ("llama-server.sh", "request.json"),
        "llama.cpp and a GGUF file; requests need the grammar of request.json, where there are labels",
        "labels are written token by token, where the probe weighed whole ones; --hf-repo takes the newest revision"),
    Target("llama-swap", ("llama-swap.yaml", "request.json"), "llama-swap and llama.cpp",
        "what llama-server does not do"),
    Target("vllm", ("vllm.sh", "request.json"),
        "vLLM, a prompted model in safetensors, a card or processor that vLLM computes on",
        "no tuned weights; labels are written token by token, and by other kernels than the probe's"),
    Target("litellm", ("litellm.yaml", "escalate.py", "request.json"),
        "LiteLLM, and the models behind their addresses: llama-swap here, or the provider",
        "no streaming of what escalate.py answers, which is written where an escalation of a GGUF file holds"),
)  # fmt: skip
# Data that the module reads on import; it holds the user's own rows.
ROWS = ("teaching.jsonl", "documents.jsonl")
NAMES = tuple(each.name for each in TARGETS)
# Without --as; a copy of public weights must be requested.
DEFAULT = tuple(name for name in NAMES if name != "weights")


def left_out_lines(left_out: Mapping[str, str]) -> list[str]:
    """Return why targets do not fit, one line per reason."""
    reasons: dict[str, list[str]] = {}
    for name, why in left_out.items():
        reasons.setdefault(why, []).append(name)
    return [f"not for {', '.join(names)}: {why}" for why, names in reasons.items()]


def described() -> str:
    return "\n\n".join(["Targets of --as:", *(f"{each.name} - {', '.join(each.files)}" for each in TARGETS)])
