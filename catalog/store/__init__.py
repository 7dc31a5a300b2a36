"""The compiled catalog: facts in SQLite, columns and vectors mapped from files, one folder a generation."""
