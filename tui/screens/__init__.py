"""The pages: one module each, imported when first opened."""
