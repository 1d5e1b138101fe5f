"""The report of one case as a page: made once as a document, written as HTML or Markdown."""

from krasbypass.pages.contents import build_document
from krasbypass.pages.html_page import render_html
from krasbypass.pages.markdown_page import render_markdown
from krasbypass.pages.writing import ENDINGS, write_report

__all__ = ["ENDINGS", "build_document", "render_html", "render_markdown", "write_report"]
