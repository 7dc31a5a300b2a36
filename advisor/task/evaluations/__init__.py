"""Files in which people already describe an evaluation: its examples, and with them prompt, bar and comparison."""
