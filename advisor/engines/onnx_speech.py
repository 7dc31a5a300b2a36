"""NeMo's speech models (Parakeet, Canary, FastConformer) as ONNX graphs, through onnx-asr; no torch, no NeMo."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from advisor.engines.base import CannotLoadError, Load, Reply
from advisor.engines.engine import Engine, Files
from advisor.engines.sound import read_sound
from advisor.formats.file_names import GRAPH_DATA
from advisor.formats.folder import Form, ModelFolder, UnusableError
from advisor.formats.headers import onnx_header
from advisor.formats.variants import Variant, Variants

if TYPE_CHECKING:
    from numpy.typing import NDArray


# The graphs of each kind of model, as named in its config.json, with the file names that onnx-asr expects.
GRAPHS = {
    "nemo-conformer-ctc": ("model",),
    "nemo-conformer-rnnt": ("encoder-model", "decoder_joint-model"),
    "nemo-conformer-tdt": ("encoder-model", "decoder_joint-model"),
    "nemo-conformer-aed": ("encoder-model", "decoder-model"),
}
VOCABULARY = "vocab.txt"
PRECISIONS = {"fp32": "", "int8": ".int8"}
RATE = 16_000
# Longer recordings are processed in pieces, cut at the quietest point near their end.
PIECE_SECONDS, QUIET_SECONDS, FRAME_SECONDS = 30, 5, 0.05


def _kind(folder: ModelFolder) -> str:
    return str(folder.config.get("model_type"))


def _forms(folder: ModelFolder) -> Iterator[Form]:
    if not folder.has(VOCABULARY):
        raise UnusableError(f"lacks {VOCABULARY} next to its graphs")
    names = [path.name for path in folder.path.glob("*.onnx*") if folder.has(path.name)]
    found = [
        each for each in _every(names) if {name.partition(".")[0] for name in each.files} == set(GRAPHS[_kind(folder)])
    ]
    if not found:
        raise UnusableError(f"lacks {GRAPHS[_kind(folder)][0]}.onnx")
    for precision, files in found:
        graphs = [onnx_header(folder.path / name) for name in files if name.endswith(".onnx")]
        counts = [each.parameters for each in graphs if each.parameters is not None]
        total = sum(counts) if len(counts) == len(graphs) else None
        yield Form(ENGINE.name, files, folder.size(*files), precision, total, ability="transcribe")


def _every(names: Sequence[str]) -> list[Variant]:
    """Return the sets of graphs that form a model, each at one precision, with the files of their weights."""
    found = []
    for graphs in dict.fromkeys(GRAPHS.values()):
        for precision, end in PRECISIONS.items():
            files = [f"{graph}{end}.onnx" for graph in graphs]
            if all(file in names for file in files):
                data = [f"{file}{more}" for file in files for more in GRAPH_DATA if f"{file}{more}" in names]
                found.append(Variant(precision, (*files, *data)))
    return found


ENGINE = Engine(
    name="onnx-asr",
    module=__name__,
    library="onnx_asr",
    extra="nemo",
    base_memory_bytes=215_000_000,
    abilities={"automatic-speech-recognition": "transcribe"},
    libraries=frozenset({"onnx-asr"}),
    other_libraries=frozenset({"onnx", "onnxruntime"}),
    tags=frozenset({"onnx-asr", *GRAPHS}),
    formats=frozenset({"onnx"}),
    files=Files(suffixes=(".onnx", *(f".onnx{end}" for end in GRAPH_DATA))),
    variants=Variants(_every, _every),
    forms=_forms,
    is_own=lambda folder: _kind(folder) in GRAPHS,
    working_share=0.25,  # estimated for half a minute
    largest_batch=4,
)


class NemoTranscriber:
    """A NeMo model for recordings of any length, in any format that soundfile reads."""

    device = "cpu"

    def __init__(self, model: Any, language: str | None) -> None:  # noqa: ANN401  the library's own type
        self._model = model
        self._options = {"language": language} if language else {}
        self.facts: dict[str, Any] = dict(self._options)
        self.engine = f"onnx-asr {version('onnx-asr')}, ONNX Runtime {version('onnxruntime')}"

    def transcribe(self, files: Sequence[str]) -> list[Reply]:
        return [self._one(file) for file in files]

    def _one(self, file: str) -> Reply:
        heard = (self._model.recognize(piece, **self._options) for piece in quiet_pieces(read_sound(file, RATE)))
        return Reply(" ".join(filter(None, (str(each).strip() for each in heard))))


def quiet_pieces(sound: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """Yield a recording in pieces of at most half a minute, cut where it is quiet."""
    import numpy as np

    longest, frame = PIECE_SECONDS * RATE, int(FRAME_SECONDS * RATE)
    while len(sound) > longest:
        first = longest - QUIET_SECONDS * RATE
        frames = sound[first : first + (longest - first) // frame * frame].reshape(-1, frame)
        cut = first + int(np.argmin((frames**2).mean(axis=1))) * frame + frame // 2
        yield sound[:cut]
        sound = sound[cut:]
    if len(sound):
        yield sound


def load(request: Load) -> NemoTranscriber:
    import onnxruntime
    from onnx_asr import load_model

    kind = _kind(ModelFolder(request.path))
    if kind not in GRAPHS:
        raise CannotLoadError(f"its config.json names the kind {kind[:40]}, which is none of NeMo's")
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = request.threads
    settings.inter_op_num_threads = 1
    is_int8 = any(name.endswith(".int8.onnx") for name in request.files)
    try:
        model = load_model(
            kind,
            request.path,
            quantization="int8" if is_int8 else None,
            sess_options=settings,
            providers=["CPUExecutionProvider"],
        )
    except Exception as error:  # noqa: BLE001  the libraries raise many unrelated types
        reason = f"cannot be loaded; it may be damaged or cut short ({type(error).__name__}: {error})"
        raise CannotLoadError(reason) from None
    language = request.options.get("language") if kind == "nemo-conformer-aed" else None
    return NemoTranscriber(model, language)
