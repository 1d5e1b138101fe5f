"""The network of one answer as an offline HTML page, drawn by pyvis like a pathway."""

from krasbypass.visual.page import render_page, write_page

__all__ = ["render_page", "write_page"]
