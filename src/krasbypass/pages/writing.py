"""The files of a report."""

from __future__ import annotations

from pathlib import Path

from krasbypass.dossier import Report
from krasbypass.errors import OutputFileError
from krasbypass.pages.contents import build_document
from krasbypass.pages.html_page import render_html
from krasbypass.pages.markdown_page import render_markdown

#: What a report may be written as, told by the ending of its file.
ENDINGS = (".html", ".md", ".svg")


def check_ending(path: Path) -> None:
    """Refuse a file whose ending is none of `ENDINGS`.

    Raises
    ------
    OutputFileError
        It is not.

    Examples
    --------
    >>> check_ending(Path("case.pdf"))
    Traceback (most recent call last):
    krasbypass.errors.OutputFileError: cannot write 'case.pdf': a report ends in .html, .md or .svg
    """
    if path.suffix.lower() not in ENDINGS:
        wanted = f"{', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}"
        raise OutputFileError(f"cannot write {str(path)!r}", f"a report ends in {wanted}")


def write_report(report: Report, path: Path | str) -> tuple[Path, ...]:
    """Write a report as its file's ending says, and return the files.

    ``.html`` is one page; ``.md`` has its figures as SVG files beside it; ``.svg`` is these alone:
    the pathway under the name given, each further figure with its own name added.

    Raises
    ------
    OutputFileError
        The ending is another one, or a file cannot be written.
    """
    path = Path(path)
    check_ending(path)
    document = build_document(report)
    if path.suffix.lower() == ".html":
        return (_write(path, render_html(document)),)
    names = {f.name: f"{path.stem}-{f.name}.svg" for f in document.figures()}
    written = []
    if path.suffix.lower() == ".svg":
        names[document.figures()[0].name] = path.name
    else:
        written.append(_write(path, render_markdown(document, names)))
    for figure in document.figures():
        written.append(_write(path.with_name(names[figure.name]), figure.svg))
    return tuple(written)


def _write(path: Path, text: str) -> Path:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputFileError(f"cannot write {str(path)!r}", error.strerror) from error
    return path
