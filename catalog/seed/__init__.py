"""The shipped snapshot and the script that builds it."""
