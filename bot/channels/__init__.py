"""Channels: the front ends. Each has `to_event`, `render` and `run`."""
