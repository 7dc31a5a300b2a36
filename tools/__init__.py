"""What maintainers run: it is not part of the wheel."""
