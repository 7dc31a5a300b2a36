"""Parameter counts computed from well-known architectures.

Checked against the Hub's own figures: DistilBERT with 2 labels 66,955,010; RoBERTa base for SQuAD 124,056,578; BERT
base cased with 9 entity labels 107,726,601; all-MiniLM-L6 22,713,216; ViT base with 1,000 classes 86,567,656.
"""

from typing import Final, NamedTuple


class Encoder(NamedTuple):
    """A BERT-like encoder: vocabulary, positions, segment types, width, layers, inner width."""

    vocabulary: int
    positions: int
    types: int
    width: int
    layers: int
    inner: int
    kind: str = "bert"

    def body(self) -> int:
        h, f = self.width, self.inner
        layer = 4 * (h * h + h) + 2 * h * f + f + h + 4 * h
        embeddings = (self.vocabulary + self.positions + self.types) * h + 2 * h
        # DeBERTa v2 and v3 add 512 relative positions and a norm, and have no absolute ones.
        relative = 512 * h + 2 * h if self.kind == "deberta" else 0
        return embeddings + self.layers * layer + relative


_ENCODERS: Final = {
    "bert-base": Encoder(30522, 512, 2, 768, 12, 3072),
    "bert-base-cased": Encoder(28996, 512, 2, 768, 12, 3072),
    "bert-base-multilingual-cased": Encoder(119547, 512, 2, 768, 12, 3072),
    "bert-base-multilingual-uncased": Encoder(105879, 512, 2, 768, 12, 3072),
    "bert-base-chinese": Encoder(21128, 512, 2, 768, 12, 3072),
    "bert-base-german": Encoder(30000, 512, 2, 768, 12, 3072),
    "bert-base-spanish": Encoder(31002, 512, 2, 768, 12, 3072),
    "bert-base-finbert": Encoder(30873, 512, 2, 768, 12, 3072),
    "scibert": Encoder(31090, 512, 2, 768, 12, 3072),
    "bert-large": Encoder(30522, 512, 2, 1024, 24, 4096),
    "bert-large-cased": Encoder(28996, 512, 2, 1024, 24, 4096),
    "bert-tiny": Encoder(30522, 512, 2, 128, 2, 512),
    "bert-mini": Encoder(30522, 512, 2, 256, 4, 1024),
    "bert-small": Encoder(30522, 512, 2, 512, 4, 2048),
    "bert-medium": Encoder(30522, 512, 2, 512, 8, 2048),
    "tinybert-4": Encoder(30522, 512, 2, 312, 4, 1200),
    "tinybert-6": Encoder(30522, 512, 2, 768, 6, 3072),
    "minilm-l2": Encoder(30522, 512, 2, 384, 2, 1536),
    "minilm-l3": Encoder(30522, 512, 2, 384, 3, 1536),
    "minilm-l4": Encoder(30522, 512, 2, 384, 4, 1536),
    "minilm-l6": Encoder(30522, 512, 2, 384, 6, 1536),
    "minilm-l12": Encoder(30522, 512, 2, 384, 12, 1536),
    "distilbert": Encoder(30522, 512, 0, 768, 6, 3072),
    "distilbert-cased": Encoder(28996, 512, 0, 768, 6, 3072),
    "distilbert-multilingual": Encoder(119547, 512, 0, 768, 6, 3072),
    "distilroberta": Encoder(50265, 514, 1, 768, 6, 3072),
    "roberta-base": Encoder(50265, 514, 1, 768, 12, 3072),
    "roberta-large": Encoder(50265, 514, 1, 1024, 24, 4096),
    "camembert-base": Encoder(32005, 514, 1, 768, 12, 3072),
    "bertweet": Encoder(64001, 130, 1, 768, 12, 3072),
    "xlmr-base": Encoder(250002, 514, 1, 768, 12, 3072),
    "xlmr-large": Encoder(250002, 514, 1, 1024, 24, 4096),
    "minilm-xlmr-l12": Encoder(250002, 514, 1, 384, 12, 1536),
    "minilm-xlmr-l6": Encoder(250002, 514, 1, 384, 6, 1536),
    "mpnet-base": Encoder(30527, 514, 0, 768, 12, 3072),
    "deberta-v3-xsmall": Encoder(128100, 0, 0, 384, 12, 1536, "deberta"),
    "deberta-v3-small": Encoder(128100, 0, 0, 768, 6, 3072, "deberta"),
    "deberta-v3-base": Encoder(128100, 0, 0, 768, 12, 3072, "deberta"),
    "deberta-v3-large": Encoder(128100, 0, 0, 1024, 24, 4096, "deberta"),
    "mdeberta-v3-base": Encoder(251000, 0, 0, 768, 12, 3072, "deberta"),
}

# Bodies that the formula does not fit: weights and width, counted by instantiating the architecture.
_BODIES: Final = {
    "modernbert-base": (149_014_272, 768), "modernbert-large": (394_781_696, 1024), "vit-base": (85_798_656, 768),
    "vit-large": (303_301_632, 1024), "wav2vec2-base": (94_371_712, 768), "wav2vec2-large": (315_438_720, 1024),
}  # fmt: skip


def parameters(name: str, labels: int) -> int:
    """Weights of an architecture of the tables above with a head of so many outputs; KeyError if it is not known.

    Ending in ":tokens" the head reads every token (entities, answer spans) and there is no pooling layer, ending in
    ":pooled" there is a pooling layer and no head, ending in ":body" neither.
    """
    base, _, head = name.partition(":")
    body, width = _BODIES[base] if base in _BODIES else (_ENCODERS[base].body(), _ENCODERS[base].width)
    if head == "body":
        return body
    pooler = 0 if head == "tokens" or base.startswith(("vit", "wav2vec2")) else width * width + width
    return body + pooler + (0 if head == "pooled" else (width + 1) * labels)
