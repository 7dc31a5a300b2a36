"""Probes: one candidate on examples, in a worker process of its own."""
