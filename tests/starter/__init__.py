"""Tests of the starter set."""
