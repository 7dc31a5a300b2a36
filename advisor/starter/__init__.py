"""The starter set: a few real models that ordinary Python packages carry, for a first run without the Hub."""
