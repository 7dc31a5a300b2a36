"""Dialogs: each a modal screen that says what it returns."""
