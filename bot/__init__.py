"""Guichet: the conversation between public employers and their help desk."""
