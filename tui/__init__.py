"""The terminal session. For now it says what will be there."""

from __future__ import annotations

_WELCOME = """\
Model Advisor finds the smallest model that reliably does your task, on your machine, with evidence.

The interactive session will open here: an interview, the shortlist, probes as they run, the recommendation.
Until then:

  advisor models starter             fetch four small models to begin with
  advisor recommend TASK.yaml        find the smallest model that does the task
  advisor models                     list the models at hand
  advisor schema                     print the JSON schema of the task file
  advisor --help                     all commands and exit codes"""


def welcome() -> str:
    """Return what `advisor` without arguments prints."""
    return _WELCOME
