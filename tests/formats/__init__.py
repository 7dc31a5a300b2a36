"""Tests of the models at hand."""
