"""Answers as text, as JSON and as tables of a notebook. Nothing is computed here."""
