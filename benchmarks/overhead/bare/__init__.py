"""Bare loops, one small file an engine: `prepare(job)` loads the model and returns what answers a batch.

They know nothing of this project: `job` holds the model's folder and all else that a user would have at hand.
"""
