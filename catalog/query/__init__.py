"""Catalog search for a task in plain words: understand it, find models, rank them."""
