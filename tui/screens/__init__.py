"""The pages: each a module, imported when it is first opened."""
