"""Builds one tiny model: `python -m tests.probe.tiny_models KIND FOLDER`. Run by `tests.probe.tiny`, which says what
each kind knows.
"""

import sys

import torch

from tests.probe.tiny_models import chats, encoders, senses, translators

if __name__ == "__main__":
    kind, folder = sys.argv[1:]
    torch.manual_seed(0)
    torch.set_num_threads(1)
    home = next(module for module in (encoders, translators, chats, senses) if hasattr(module, kind))
    getattr(home, kind)(folder)
