"""The task: what the user wants done, with examples, a bar and constraints."""

# The default bar, shared by the schema, the interview and stored runs.
PASS_RATE, CONFIDENCE = 0.9, 0.95
