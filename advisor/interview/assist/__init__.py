"""The optional language model that helps to read the words and to phrase questions."""
