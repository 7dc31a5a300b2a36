"""Make further variants of real models, as publishers do: graphs of an encoder, another quantisation of a GGUF file.

`python -m tests.candidates.real_variants graphs|gguf|cut SOURCE FOLDER [LAYERS]`, so that the tests' process imports no
engine.
"""

import re
import shutil
import sys
from pathlib import Path


def graphs(source: Path, folder: Path) -> None:
    """Write a sentence-transformers model with its weights, its graph, and its graph in eight bits."""
    import torch
    import transformers as tf
    from onnxruntime.quantization import QuantType, quantize_dynamic

    from tests.probe.tiny_onnx import write_graph

    torch.set_num_threads(1)
    shutil.copytree(source, folder)
    graph = folder / "onnx" / "model.onnx"
    write_graph(tf.AutoModel.from_pretrained(source, attn_implementation="eager").eval(), ["last_hidden_state"], graph)
    quantize_dynamic(graph, graph.with_name("model_quantized.onnx"), weight_type=QuantType.QInt8)


def gguf(source: Path, folder: Path) -> None:
    """Write a repository of a language model in its own quantisation and, from that, in eight bits."""
    folder.mkdir(parents=True)
    shutil.copy(source, folder)
    _again(source, folder / source.name.replace("Q4_1", "Q8_0"), {})


def cut(source: Path, folder: Path, layers: str = "2") -> None:
    """Write a language model's first layers: smaller, and worse."""
    folder.mkdir(parents=True)
    _again(source, folder / source.name, {"llama.block_count": int(layers)})


def _again(source: Path, target: Path, changed: dict[str, int]) -> None:
    """Write a GGUF file in eight bits, or as it is where facts of it are changed."""
    from gguf import GGMLQuantizationType, GGUFReader, GGUFValueType, GGUFWriter, dequantize, quantize

    reader = GGUFReader(source)
    architecture = reader.fields["general.architecture"].contents()
    writer = GGUFWriter(target, architecture)
    for field in reader.fields.values():
        if field.name.startswith("GGUF.") or field.name == "general.architecture":
            continue
        kind = field.types[0]
        part = field.types[-1] if kind == GGUFValueType.ARRAY else None
        writer.add_key_value(field.name, changed.get(field.name, field.contents()), kind, sub_type=part)
    eight = GGMLQuantizationType.Q8_0
    for tensor in reader.tensors:
        block = re.match(r"blk\.(\d+)\.", tensor.name)
        if block and int(block[1]) >= changed.get("llama.block_count", sys.maxsize):
            continue
        if changed or tensor.tensor_type in (GGMLQuantizationType.F32, GGMLQuantizationType.F16):
            writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
        else:
            whole = dequantize(tensor.data, tensor.tensor_type)
            writer.add_tensor(tensor.name, quantize(whole, eight), raw_dtype=eight)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    {"graphs": graphs, "gguf": gguf, "cut": cut}[sys.argv[1]](*map(Path, sys.argv[2:4]), *sys.argv[4:])
