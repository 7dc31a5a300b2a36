"""Models of the transformers library (torch), one small file for each ability.

Pickled weights and remote code are loaded only where the task allows them.
"""

from __future__ import annotations

# The longest input that is read, in tokens; see `inputs.longest_input`.
MAX_TOKENS = 2048
# How many texts a batch has at most.
BATCH, BATCH_ON_ACCELERATOR = 16, 64

# For each ability the module that loads a model's folder for it.
MODULES = {
    "classify": "classify",
    "entail": "entail",
    "compare": "compare",
    "tag": "tag",
    "read": "read",
    "rewrite": "rewrite",
    "chat": "chat",
    "see": "see",
    "look": "look",
    "transcribe": "transcribe",
}
