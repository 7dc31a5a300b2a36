"""Tests of the probe room: protocol, supervision, the real worker on real models, and its faults."""
