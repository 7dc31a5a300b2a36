"""Interview: builds the task from the user's words, a file of examples, this machine, and a few questions."""
