"""Probes: one candidate on examples, in its own worker process."""
