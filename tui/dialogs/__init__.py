"""Dialogs: modal screens with a result."""
