"""Which engine would load a model that only the catalog knows, and which files it takes."""

from fnmatch import fnmatch

from advisor.candidates.uses import Use, files_for, other_uses, use_for
from advisor.families import family
from catalog import ModelCard, WeightFile
from tests.tables import for_each

CLASSIFICATION, TRANSLATION = family("text-classification"), family("translation")
SPEECH = family("automatic-speech-recognition")


def card(
    kind: str, *formats: str, library: str | None = None, tags: tuple[str, ...] = (), code: bool = False
) -> ModelCard:
    """Return a card."""
    files = tuple(WeightFile(format=each) for each in formats)
    return ModelCard("acme/model", family=kind, library=library, files=files, tags=tags, remote_code=code)


@for_each(
    ("known", "use"),
    [
        (card("zero-shot-classification", "safetensors"), Use("transformers", "entail")),
        (card("zero-shot-classification", "safetensors", "onnx"), Use("onnx", "entail")),
        (card("zero-shot-classification", "onnx", library="transformers.js"), Use("onnx", "entail")),
        (
            card("sentence-similarity", "safetensors", "onnx", library="sentence-transformers"),
            Use("sentence-transformers", "encode"),
        ),
        (card("feature-extraction", "safetensors", library="model2vec"), Use("static", "encode")),
        (card("text-generation", "safetensors", "gguf", tags=("chat",)), Use("llama.cpp", "chat")),
        (card("text-generation", "safetensors", tags=("conversational",)), Use("transformers", "chat")),
        (card("text-generation", "safetensors"), Use("transformers", "chat")),
        (card("text-classification", "safetensors"), Use("transformers", "classify")),
        (card("token-classification", "safetensors"), None),
        (card("zero-shot-classification", "pickle"), None),
        (card("zero-shot-classification", "safetensors", code=True), None),
        (card("zero-shot-classification", "safetensors", library="gliner"), None),
    ],
)
def test_uses(known: ModelCard, use: Use | None) -> None:
    """Graphs before torch where pooling does not matter; nothing that no engine loads."""
    assert use_for(known, CLASSIFICATION) == use


def test_permissions_open_more() -> None:
    """Pickles and code of a model's own, each by its permission."""
    pickled, own = card("translation", "pickle"), card("translation", "safetensors", code=True)
    assert use_for(pickled, TRANSLATION) is None
    assert use_for(pickled, TRANSLATION, allows=frozenset({"pickle"})) == Use("transformers", "rewrite")
    assert use_for(own, TRANSLATION, allows=frozenset({"pickle"})) is None
    assert use_for(own, TRANSLATION, allows=frozenset({"remote-code"})) == Use("transformers", "rewrite")


def test_speech() -> None:
    """CTranslate2 before torch."""
    assert use_for(card("automatic-speech-recognition", "ctranslate2", "safetensors"), SPEECH) == Use(
        "faster-whisper", "transcribe"
    )
    assert use_for(card("automatic-speech-recognition", "safetensors"), SPEECH) == Use("transformers", "transcribe")


def fetched(known: ModelCard, runtime: str, *allows: str) -> set[str]:
    """Return which files of a repository that has everything would be fetched."""
    names = (
        *(
            "config.json",
            "tokenizer.json",
            "spiece.model",
            "vocab.txt",
            "model.safetensors",
            "pytorch_model.bin",
            "own.py",
        ),
        *("onnx/model.onnx", "onnx/model.onnx_data", "onnx/model_quantized.onnx", "model.bin", "training_args.bin"),
        *("tf_model.h5", "model-Q4_K_M.gguf", "flax_model.msgpack", "README.md", "run.sh"),
    )
    wanted = files_for(known, runtime, frozenset(allows))
    return {
        n
        for n in names
        if any(fnmatch(n, p) for p in wanted.patterns) and not any(fnmatch(n, p) for p in wanted.ignored)
    }


def test_files() -> None:
    """What the engine needs and no more: no code and no pickles unless allowed; of variants see `test_variants`."""
    small = {"config.json", "tokenizer.json", "spiece.model", "vocab.txt"}
    torch, pickled = card("translation", "safetensors"), card("translation", "pickle")
    assert fetched(torch, "transformers") == small | {"model.safetensors"}
    assert fetched(torch, "transformers", "pickle") == small | {"model.safetensors"}
    assert fetched(torch, "transformers", "remote-code") == small | {"model.safetensors", "own.py"}
    assert fetched(pickled, "transformers", "pickle") == small | {"model.safetensors", "pytorch_model.bin"}
    assert fetched(torch, "onnx") == small
    assert fetched(torch, "faster-whisper") == small | {"model.bin"}
    assert fetched(torch, "llama.cpp") == set()


def test_torch_is_the_way_out_where_a_graph_is_missing() -> None:
    """The catalog may promise a graph that the Hub does not hold."""
    both = card("zero-shot-classification", "safetensors", "onnx")
    assert other_uses(both, Use("onnx", "entail")) == (Use("transformers", "entail"),)
    assert other_uses(both, Use("transformers", "entail")) == ()
