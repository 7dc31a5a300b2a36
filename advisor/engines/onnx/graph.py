"""A graph with its tokenizer and its configuration: open, check and run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.engines.base import CannotLoadError, Load
from advisor.engines.batches import Batches, Network
from advisor.engines.checks import load_tokenizer
from advisor.engines.onnx import BATCH
from advisor.formats.headers import onnx_header
from advisor.formats.safety import json_map
from advisor.system.machine import with_card

if TYPE_CHECKING:
    from numpy.typing import NDArray


LONGEST = 2048
# Models whose first positions are reserved for padding, which reduces the configuration's maximum by this.
PADDED_POSITIONS = frozenset({"roberta", "xlm-roberta", "camembert", "mpnet", "longformer", "roberta-prelayernorm"})
ACCELERATORS = {"CUDAExecutionProvider": "cuda", "CoreMLExecutionProvider": "coreml"}


@dataclass(frozen=True, slots=True)
class Graph:
    """A loaded graph."""

    session: Any  # ONNX Runtime's session.
    tokenizer: Any  # Of the tokenizers library.
    config: dict[str, Any]  # Contents of config.json, empty if there is none.
    engine: str  # Name and version.
    device: str  # "cpu", "coreml", or "cuda" with the card's name.
    batches: Batches  # Runs its inputs in batches that fit in memory.
    facts: dict[str, Any] = field(default_factory=dict)  # Facts of its computation for the report.

    @property
    def labels(self) -> tuple[str, ...]:
        table = self.config.get("id2label")
        if not isinstance(table, dict):
            raise CannotLoadError("its config.json names no labels (id2label)")
        return tuple(str(table[key]) for key in sorted(table, key=int))

    @property
    def longest(self) -> int:
        """Number of tokens it reads, by its configuration, at most 2,048."""
        positions = self.config.get("max_position_embeddings")
        if not isinstance(positions, int) or positions < 1:
            return 512
        return min(LONGEST, positions - (2 if self.config.get("model_type") in PADDED_POSITIONS else 0))

    def run(self, encodings: Sequence[Any], outputs: Sequence[str]) -> list[NDArray[Any]]:
        """Return some outputs for texts encoded and padded to one length."""
        rows = [(item.ids, item.attention_mask, item.type_ids) for item in encodings]
        return run(self.session, outputs, rows)

    def output(self, *names: str, rank: int) -> str:
        """Return the output with one of these names, else the first of this rank; CannotLoadError if none."""
        nodes = self.session.get_outputs()
        found = next((node.name for name in names for node in nodes if node.name == name), None)
        found = found or next((node.name for node in nodes if len(node.shape) == rank), None)
        if found is None:
            shapes = ", ".join(f"{node.name}{node.shape}" for node in nodes)
            raise CannotLoadError(f"its graph has no output {names[0]}; its outputs are {shapes}")
        return str(found)


class OfGraph:
    """Base of models with a graph; `facts` are for the report."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self.engine, self.device, self.facts = graph.engine, graph.device, graph.facts


def open_graph(request: Load) -> Graph:
    """Load a graph and the tokenizer.json next to it or in the parent folder."""
    path, name = request.path, request.files[0]
    graph = path / name
    session, device = _session(graph, name, request.threads)
    config = next((json_map(p / "config.json") for p in (graph.parent, path) if (p / "config.json").is_file()), {})
    tokenizer = load_tokenizer(graph, path)
    _check_fit(session, tokenizer)
    padding = config.get("pad_token_id")
    tokenizer.no_truncation()
    tokenizer.enable_padding(pad_id=padding if isinstance(padding, int) and padding >= 0 else 0)
    precision = onnx_header(graph).precision
    facts = {} if precision is None else {"precision": f"{precision} (read from the graph)"}
    # A folder without a configuration holds a sentence encoder, whose vectors have the hidden width.
    width = next((node.shape[-1] for node in session.get_outputs() if isinstance(node.shape[-1], int)), None)
    network = Network.of(config, None if config else width)
    batches = Batches(device, network, request.memory_bytes, BATCH)
    return Graph(session, tokenizer, config, f"onnxruntime {version('onnxruntime')}", device, batches, facts)


def _session(graph: Path, name: str, threads: int) -> tuple[Any, str]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # Threads that spin while waiting are very slow on a busy machine.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    present = set(onnxruntime.get_available_providers())
    failures: list[Exception] = []
    for provider in [each for each in ACCELERATORS if each in present] + ["CPUExecutionProvider"]:
        wanted = [provider] if provider == "CPUExecutionProvider" else [provider, "CPUExecutionProvider"]
        try:
            session = onnxruntime.InferenceSession(str(graph), options, providers=wanted)
        except Exception as error:  # noqa: BLE001  the engine raises a dozen pybind types without a common parent
            failures.append(error)
            continue
        return session, with_card(ACCELERATORS.get(session.get_providers()[0], "cpu"))
    raise CannotLoadError(f"{name} cannot be loaded ({failures[-1]})") from failures[-1]


def _check_fit(session: Any, tokenizer: Any) -> None:  # noqa: ANN401
    """Try the tokenizer's last token: a graph made for a smaller vocabulary refuses it."""
    last = max(tokenizer.get_vocab().values(), default=0)
    try:
        run(session, [session.get_outputs()[0].name], [([last], [1], [0])])
    except Exception as error:  # noqa: BLE001  as above
        raise CannotLoadError(
            f"its graph refuses the last of its tokenizer's {last + 1} tokens; they do not belong together ({error})"
        ) from None


def run(session: Any, outputs: Sequence[str], rows: Sequence[tuple[list[int], ...]]) -> list[NDArray[Any]]:  # noqa: ANN401  the engine's own
    """Return outputs for texts of one length, each given as token ids, mask and segments."""
    import numpy as np

    names = ("input_ids", "attention_mask", "token_type_ids")
    feeds = {name: np.array(each, dtype=np.int64) for name, each in zip(names, zip(*rows, strict=True), strict=True)}
    inputs = {node.name for node in session.get_inputs()}
    found: list[NDArray[Any]] = session.run(list(outputs), {name: feeds[name] for name in feeds if name in inputs})
    return found


def softmax(logits: NDArray[Any]) -> NDArray[Any]:
    import numpy as np

    powers = np.exp(logits.astype(np.float64) - logits.max(axis=-1, keepdims=True))
    shares: NDArray[Any] = powers / powers.sum(axis=-1, keepdims=True)
    return shares
