"""Reads files of evaluation tools: their examples, with prompt, bar and comparison."""
