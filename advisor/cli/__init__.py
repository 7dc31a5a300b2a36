"""The command line: it parses, asks and prints; decisions are made in the engine."""
