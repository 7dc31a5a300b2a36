"""Engines, one small file each, that implement the protocols of `base`."""
