"""A user's file of examples: looked at, read as examples, and what it settles of the task."""

from __future__ import annotations

from advisor.interview.files.columns import Column, Kind
from advisor.interview.files.proposal import Proposal, facts, propose
from advisor.interview.files.sheet import Table, look, rows_of, with_labels
from advisor.interview.files.view import Reading

__all__ = ["Column", "Kind", "Proposal", "Reading", "Table", "facts", "look", "propose", "rows_of", "with_labels"]
