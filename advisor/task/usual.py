"""The default bar of a task, shared by the schema, the interview and stored runs."""

PASS_RATE, CONFIDENCE = 0.9, 0.95
