"""Execution of a search: scheduler, worker pool, progress and control."""
