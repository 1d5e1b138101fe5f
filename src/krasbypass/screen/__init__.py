"""Levels of very many scenarios at once."""
