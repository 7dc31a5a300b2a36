"""Exports a chosen model as a small folder that works without this program."""
