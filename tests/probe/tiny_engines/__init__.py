"""Tiny models of engines that come as extras, made by their own libraries; see `tests.probe.tiny.tiny_engine`."""
