"""Models as ONNX graphs, through ONNX Runtime and a tokenizer.json; one small file per ability."""

from collections.abc import Iterator
from dataclasses import replace

from advisor.engines.engine import Engine, Files
from advisor.formats.file_names import GRAPH_DATA, graph_precision, is_graph
from advisor.formats.folder import Form, ModelFolder, abilities
from advisor.formats.headers import onnx_header
from advisor.formats.variants import OF_GRAPHS

# Tokens of a sentence encoder; a graph for another task reads as much as its configuration says.
MAX_TOKENS = 256
# Larger batches cost memory and gain nothing on a processor: 16 takes 1.3 times the memory and time of 8.
BATCH = 8
# For each ability the module that loads a graph, with the tokenizer.json next to it or in the parent folder.
MODULES = {"encode": "encode", "classify": "classify", "entail": "classify", "tag": "classify", "read": "classify"}


def _forms(folder: ModelFolder) -> Iterator[Form]:
    """Yield a form for each complete graph, with the abilities of its configuration, else as an encoder."""
    if not folder.has("tokenizer.json"):
        return
    able, labels = abilities(folder.config)
    for path in sorted([*folder.path.glob("model*.onnx"), *folder.path.glob("onnx/model*.onnx")]):
        name = path.relative_to(folder.path).as_posix()
        if not is_graph(name) or not folder.has(name):
            continue
        files = (name, *(extra for end in GRAPH_DATA if folder.has(extra := f"{name}{end}")))
        precision, parameters, computed = onnx_header(path)
        if graph_precision(name) == "int4":  # packed: the tensors do not give the count
            precision, parameters, computed = "int4", None, None
        precision = precision or graph_precision(name)
        form = Form(ENGINE.name, files, folder.size(*files), precision, parameters, labels, computed=computed)
        yield from (replace(form, ability=each) for each in able or ["encode"] if each in MODULES)


ENGINE = Engine(
    name="onnx",
    module=__name__,
    library="onnxruntime",
    extra="onnx",
    base_memory_bytes=256_000_000,
    # A graph takes less memory and time than the same weights in torch. Encoders are not included: their published
    # figures were measured with sentence-transformers.
    abilities={
        "text-classification": "classify",
        "zero-shot-classification": "entail",
        "token-classification": "tag",
        "question-answering": "read",
    },
    libraries=frozenset({"onnx", "transformers.js"}),
    other_libraries=frozenset({None, "transformers", "optimum", "onnxruntime"}),
    formats=frozenset({"onnx"}),
    files=Files(suffixes=(".onnx", *(f".onnx{end}" for end in GRAPH_DATA))),
    variants=OF_GRAPHS,
    quantises=frozenset({"sentence-transformers"}),
    forms=_forms,
    efficiency=0.6,  # MiniLM
)
