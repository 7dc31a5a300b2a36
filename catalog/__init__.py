"""The embedded index of Hub models: model cards, store, search, refresh."""
