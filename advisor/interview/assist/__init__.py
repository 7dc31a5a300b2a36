"""An optional language model that helps to read the user's words."""
