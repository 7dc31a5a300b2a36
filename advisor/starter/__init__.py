"""The starter set: a few real models from ordinary Python packages, for a first run without the Hub."""
