"""Tests of local models and their files."""
