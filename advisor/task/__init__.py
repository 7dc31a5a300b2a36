"""The task: what the user wants done, with examples, a bar and constraints."""
