"""What a task's bar is where nothing else is said: the schema, the interview and stored runs read it here."""

PASS_RATE, CONFIDENCE = 0.9, 0.95
