"""Carries out a search: the scheduler, the pool of workers, what a run tells and how it is stopped."""
