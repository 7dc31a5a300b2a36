"""The decision: the next step from the outcomes so far, and what they prove in the end."""
