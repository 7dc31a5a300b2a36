"""The command line: it parses, asks and prints; what it decides lives in the engine."""
