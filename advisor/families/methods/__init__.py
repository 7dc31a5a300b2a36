"""Methods by which a loaded model answers a family's examples. They run in the worker."""
