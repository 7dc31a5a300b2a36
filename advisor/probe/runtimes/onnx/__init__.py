"""Models as ONNX graphs, through ONNX Runtime and a tokenizers file; one small file for each ability."""

from __future__ import annotations

# Of a sentence encoder; a graph with a task of its own reads as much as its configuration says.
MAX_TOKENS = 256
# Larger batches cost memory and gain nothing on a processor: 16 takes 1.3 times the memory and time of 8.
BATCH = 8
# For each ability the module that loads a graph for it, with the tokenizer.json beside it or above it.
MODULES = {"encode": "encode", "classify": "classify", "entail": "classify", "tag": "tag", "read": "read"}
