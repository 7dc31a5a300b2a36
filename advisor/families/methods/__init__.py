"""How a loaded model is made to answer a family's examples. These run in the worker."""
