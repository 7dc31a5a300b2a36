"""The engine for a model from the catalog, and the files that it needs."""

from dataclasses import replace
from fnmatch import fnmatch

from advisor.candidates.uses import Use, other_uses, use_for
from advisor.engines.table import ENGINES
from advisor.families import family
from catalog import ModelCard, WeightFile
from tests.tables import for_each

CLASSIFICATION, TRANSLATION = family("text-classification"), family("translation")
SPEECH = family("automatic-speech-recognition")


def card(
    kind: str, *formats: str, library: str | None = None, tags: tuple[str, ...] = (), code: bool = False
) -> ModelCard:
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
        (card("zero-shot-classification", "pickle", library="transformers"), Use("transformers", "entail")),
        (card("feature-extraction", "pickle", library="sentence-transformers"), Use("sentence-transformers", "encode")),
        (card("zero-shot-classification", "pickle", "onnx", library="transformers"), Use("onnx", "entail")),
        # Any library may have written it, or another that no engine here is.
        (card("zero-shot-classification", "pickle"), None),
        (card("text-classification", "pickle", library="flair"), None),
        (card("zero-shot-classification", "pickle", library="transformers", code=True), None),
        (card("zero-shot-classification", "safetensors", code=True), None),
        (card("zero-shot-classification", "safetensors", library="gliner"), None),
    ],
)
def test_uses(known: ModelCard, use: Use | None) -> None:
    """Graphs before torch where pooling does not matter; nothing that no engine loads."""
    assert use_for(known, CLASSIFICATION) == use


@for_each(
    ("labels", "use"),
    [
        (("0", ".", ",", "?"), Use("transformers", "rewrite")),
        (("OO", "OU", ".O", "?U"), Use("transformers", "rewrite")),
        (("O", "B-PER"), None),
        (("PUNCT", "NOUN"), None),
        ((), None),
    ],
)
def test_a_tagger_of_punctuation_marks_writes_them(labels: tuple[str, ...], use: Use | None) -> None:
    tagger = replace(card("token-classification", "safetensors", library="transformers"), labels=labels)
    assert use_for(tagger, family("text-generation")) == use
    assert use_for(tagger, family("token-classification")) == Use("transformers", "tag")


def test_permissions_open_more() -> None:
    """Code of a model's own, by its permission alone; pickled tensors need none."""
    pickled, own = card("translation", "pickle", library="transformers"), card("translation", "safetensors", code=True)
    assert use_for(pickled, TRANSLATION) == Use("transformers", "rewrite")
    assert use_for(card("translation", "pickle"), TRANSLATION, allows=frozenset({"pickle"})) is None
    assert use_for(own, TRANSLATION, allows=frozenset({"pickle"})) is None
    assert use_for(own, TRANSLATION, allows=frozenset({"remote-code"})) == Use("transformers", "rewrite")


def test_speech() -> None:
    """CTranslate2 before torch."""
    assert use_for(card("automatic-speech-recognition", "ctranslate2", "safetensors"), SPEECH) == Use(
        "faster-whisper", "transcribe"
    )
    assert use_for(card("automatic-speech-recognition", "safetensors"), SPEECH) == Use("transformers", "transcribe")


SMALL = ("config.json", "tokenizer.json", "spiece.model", "vocab.txt")
NAMES = (
    *(*SMALL, "model.safetensors", "pytorch_model.bin", "own.py", "onnx/model.onnx", "onnx/model.onnx_data"),
    *("onnx/model_quantized.onnx", "model.bin", "training_args.bin", "tf_model.h5", "model-Q4_K_M.gguf"),
    *("flax_model.msgpack", "README.md", "run.sh"),
)


def fetched(runtime: str, *allows: str) -> set[str]:
    """Return which files of a repository that has everything would be fetched, one of several variants apart."""
    wanted = ENGINES[runtime].files_for(frozenset(allows))
    found = [n for n in NAMES if any(fnmatch(n, p) for p in wanted.patterns)]
    return {n for n in (*found, *wanted.pickled_of(NAMES)) if not any(fnmatch(n, p) for p in wanted.ignored)}


def test_files() -> None:
    """What the engine needs and no more: no code unless allowed; of variants see `test_variants`."""
    small = {*SMALL}
    assert fetched("transformers") == small | {"model.safetensors"}
    assert fetched("transformers", "pickle") == small | {"model.safetensors"}
    assert fetched("transformers", "remote-code") == small | {"model.safetensors", "own.py"}
    assert fetched("onnx") == small
    assert fetched("faster-whisper") == small | {"model.bin"}
    assert fetched("llama.cpp") == set()


@for_each(
    ("names", "pickled"),
    [
        (("pytorch_model.bin", "training_args.bin", "tf_model.h5"), ["pytorch_model.bin"]),
        (("pytorch_model.bin", "model.safetensors"), []),
        (("pytorch_model.bin", "model-00001-of-00002.safetensors"), []),
        # An adapter is no model.
        (("pytorch_model.bin", "adapter_model.safetensors"), ["pytorch_model.bin"]),
        (
            ("pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin", "pytorch_model.fp16.bin"),
            ["pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin"],
        ),
        # Modules of sentence-transformers; not what a training left.
        (
            ("model.safetensors", "2_Dense/pytorch_model.bin", "checkpoint-500/pytorch_model.bin"),
            ["2_Dense/pytorch_model.bin"],
        ),
        (("0_Transformer/pytorch_model.bin", "2_Dense/model.safetensors"), ["0_Transformer/pytorch_model.bin"]),
        (("model.pt", "best.ckpt", "rust_model.ot"), []),
    ],
)
def test_pickled_weights_come_where_there_are_no_others(names: tuple[str, ...], pickled: list[str]) -> None:
    """In each folder by itself, for engines of torch alone."""
    assert ENGINES["sentence-transformers"].files_for().pickled_of(names) == pickled
    assert ENGINES["onnx"].files_for().pickled_of(names) == []


def test_what_an_allowed_pickle_means() -> None:
    """SpaCy's pipelines alone: pickled tensors are read anyway."""
    allowed = frozenset({"pickle", "remote-code"})
    assert ENGINES["spacy"].of_allowed(allowed) == allowed
    assert all(engine.of_allowed(allowed) == {"remote-code"} for name, engine in ENGINES.items() if name != "spacy")


def test_torch_is_the_way_out_where_a_graph_is_missing() -> None:
    """The catalog may promise a graph that the Hub does not hold."""
    both = card("zero-shot-classification", "safetensors", "onnx")
    assert other_uses(both, Use("onnx", "entail")) == (Use("transformers", "entail"),)
    assert other_uses(both, Use("transformers", "entail")) == ()
