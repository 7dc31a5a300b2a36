"""Devices that a model's weights run on, by format and by quantisations that only some devices have kernels for.

A conservative choice: a repository whose files are unlisted counts as ordinary weights, which run anywhere, unless its
name or its tags say otherwise. Whether the device has enough memory is a separate limit.
"""

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from catalog.card import ModelCard

DEVICES: Final = ("cpu", "gpu", "mps")
_ANYWHERE: Final = frozenset(DEVICES)
# Formats limited to some devices. A Mac runs what its processor runs and what is made for its graphics.
_RUNS_ON: Final = {
    "mlx": frozenset({"mps"}), "coreml": frozenset({"mps"}), "openvino": frozenset({"cpu"}),
    "tensorrt": frozenset({"gpu"}), "nemo": frozenset({"cpu", "gpu"}),
}  # fmt: skip
_MLX: Final = re.compile(r"(?:^|[-_./])mlx(?:$|[-_./])")
# Quantisations of transformers and vLLM whose kernels are written for CUDA (transformers' overview of quantisation).
_GPU_KERNELS: Final = re.compile(
    r"(?:^|[-_./])(?:gptq|awq|exl[23]|hqq|aqlm|quip|vptq|marlin|bnb|bitsandbytes|nf4|fp8|nvfp4|mxfp[48]|fp4"
    r"|w[48]a(?:8|16)|4-bit|8-bit)(?:$|[-_./])"
)
_GPU_PRECISIONS: Final = frozenset({"fp8", "fp4", "nvfp4", "mxfp4", "int4"})
# Formats whose quantised weights run on every device.
_OWN_QUANTISATION: Final = frozenset({"gguf", "ggml", "onnx", "ctranslate2", "openvino", "tflite"})


def devices(card: "ModelCard") -> frozenset[str]:
    """The :data:`DEVICES` that at least one of the card's weight files runs on."""
    marks = f"{card.id} {' '.join(card.tags)}".lower().split()
    is_mlx = any(_MLX.search(mark) for mark in marks)
    needs_gpu = any(_GPU_KERNELS.search(mark) for mark in marks)
    ordinary = frozenset({"mps"}) if is_mlx else frozenset({"gpu"}) if needs_gpu else _ANYWHERE
    if not card.files:
        return ordinary
    found: set[str] = set()
    for file in card.files:
        if file.format in _OWN_QUANTISATION or file.format in _RUNS_ON:
            found |= _RUNS_ON.get(file.format, _ANYWHERE)
        else:
            found |= {"gpu"} if file.precision in _GPU_PRECISIONS else ordinary
    return frozenset(found)
