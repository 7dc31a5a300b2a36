"""Engines: one small file each, behind the protocols of `base`."""
