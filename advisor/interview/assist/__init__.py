"""The optional language model that helps to read the words."""
