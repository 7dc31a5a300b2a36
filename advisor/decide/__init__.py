"""The decision: what to do next with the outcomes so far, and what they prove in the end."""
