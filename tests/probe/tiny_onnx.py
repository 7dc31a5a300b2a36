"""Exports a tiny model as optimum does: `python tests/probe/tiny_onnx.py MODEL FOLDER`. Run by `tests.probe.tiny`.

The folder gets config.json, the tokenizer, onnx/model.onnx, and onnx/model_quantized.onnx with eight-bit weights.
"""

import shutil
import sys
from pathlib import Path

import torch
import transformers as tf

HEADS = {
    "ForSequenceClassification": (tf.AutoModelForSequenceClassification, ["logits"]),
    "ForTokenClassification": (tf.AutoModelForTokenClassification, ["logits"]),
    "ForQuestionAnswering": (tf.AutoModelForQuestionAnswering, ["start_logits", "end_logits"]),
}
INPUTS = ["input_ids", "attention_mask", "token_type_ids"]


class Graph(torch.nn.Module):
    """The model with its outputs as a tuple."""

    def __init__(self, model: torch.nn.Module, outputs: list[str]) -> None:
        super().__init__()
        self.model, self.outputs = model, outputs

    def forward(self, ids: torch.Tensor, mask: torch.Tensor, types: torch.Tensor) -> tuple[torch.Tensor, ...]:
        result = self.model(input_ids=ids, attention_mask=mask, token_type_ids=types)
        return tuple(getattr(result, name) for name in self.outputs)


def write_graph(model: torch.nn.Module, outputs: list[str], graph: Path) -> None:
    """Write a BERT's graph for any number of texts and tokens, with what `optimum` uses: torch's older exporter.

    It takes a thirtieth of the time of the newer one. The model's attention is to be eager: plain operators.
    """
    graph.parent.mkdir(parents=True, exist_ok=True)
    # Three tensors of their own: the exporter takes one that is given twice for one input.
    given = tuple(torch.full((2, 9), value, dtype=torch.int64) for value in (5, 1, 0))
    torch.onnx.export(
        Graph(model, outputs), given, graph, input_names=INPUTS, output_names=outputs,
        dynamic_axes={name: {0: "batch", 1: "tokens"} for name in INPUTS}, dynamo=False,
    )  # fmt: skip


def export(source: Path, folder: Path) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    config = tf.AutoConfig.from_pretrained(source)
    auto, outputs = next(found for ending, found in HEADS.items() if config.architectures[0].endswith(ending))
    graph = folder / "onnx" / "model.onnx"
    write_graph(auto.from_pretrained(source, attn_implementation="eager").eval(), outputs, graph)
    quantize_dynamic(graph, graph.with_name("model_quantized.onnx"), weight_type=QuantType.QInt8)
    for file in source.iterdir():
        if file.suffix == ".json":
            shutil.copy(file, folder)


if __name__ == "__main__":
    torch.set_num_threads(1)
    export(Path(sys.argv[1]), Path(sys.argv[2]))
