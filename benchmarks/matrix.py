"""Escapes against regimens of a KRAS G12C lung cancer: ``python -m benchmarks.matrix``.

It writes docs/matrix.md and docs/matrix.svg.
"""

from __future__ import annotations

from pathlib import Path

import krasbypass as kb
from krasbypass.matrix import EscapeMatrix, MatrixRow
from krasbypass.model import Level
from krasbypass.visual.heat_map import draw_heat_map

DOCS = Path(__file__).resolve().parents[1] / "docs"
TISSUE, ALTERATION = "NSCLC", "KRAS:G12C"
RAS_DRUGS = ("sotorasib", "adagrasib", "divarasib", "elironrasib", "daraxonrasib")
#: What each is given with, and what stands for it in a heading.
PARTNERS = {
    "": "alone",
    "TNO155": "SHP2 inhibitor",
    "BI-3406": "SOS1 inhibitor",
    "cetuximab": "cetuximab",
    "trametinib": "trametinib",
    "alpelisib": "PI3Kα inhibitor",
    "everolimus": "mTORC1 inhibitor",
    "palbociclib": "palbociclib",
}
#: The cell cycle is asked for because one of the partners acts on nothing else.
OUTPUTS = ("MAPK", "PI3K-AKT-mTOR", "cell-cycle")
LETTERS = {"MAPK": "M", "PI3K-AKT-mTOR": "P", "cell-cycle": "C"}
#: Alterations that a row names.
NAMED = 6


def find_matrix() -> EscapeMatrix:
    """Return the escapes of the catalogue under every regimen."""
    network = kb.build_signalling_network(kb.load_knowledge())
    regimens = [
        [drug, partner] if partner else [drug] for drug in RAS_DRUGS for partner in PARTNERS
    ]
    tumour = kb.Tumour.parse(TISSUE, [ALTERATION])
    return kb.find_escape_matrix(network, tumour, regimens, outputs=OUTPUTS)


def render_page(matrix: EscapeMatrix) -> str:
    """Return docs/matrix.md: a table for each RAS drug, a column for each partner."""
    parts = [
        "# Escapes against regimens",
        "",
        "Made by `python -m benchmarks.matrix`; do not edit. A KRAS G12C lung cancer with each",
        f"further alteration of the catalogue ({matrix.tried} tried) under {len(matrix.regimens)}",
        "regimens. A letter is an output at full after adaptation: M is MAPK, P is",
        "PI3K-AKT-mTOR, C is the cell cycle; a dot is none. Alterations that do the same under",
        "every regimen share a row; *seen* counts patients in whom one of them was found at",
        "resistance, of any tissue and under any drug. The first row is the tumour as it is.",
        "",
        "![Escapes against regimens](matrix.svg)",
    ]
    for start in range(0, len(matrix.regimens), len(PARTNERS)):
        columns = range(start, start + len(PARTNERS))
        parts += ["", f"## {matrix.regimens[start][0]}", ""]
        parts += [
            f"| escape | alterations | seen | {' | '.join(PARTNERS.values())} |",
            f"|---|---|---|{'---|' * len(PARTNERS)}",
            *(render_row(row, columns) for row in matrix.rows if concerns(row, columns)),
        ]
    stated = f"Ontology {matrix.ontology_version}, as of {matrix.as_of}. {matrix.notice}"
    return "\n".join([*parts, "", stated]) + "\n"


def concerns(row: MatrixRow, columns: range) -> bool:
    """Whether a row opens anything under one of these regimens, or is the tumour as it is."""
    return not row.events or any(row.opens(column) for column in columns)


def render_row(row: MatrixRow, columns: range) -> str:
    """Return one line of a table."""
    more = f" and {len(row.events) - NAMED} more" if len(row.events) > NAMED else ""
    cells = [
        row.mechanism,
        ", ".join(f"`{event}`" for event in row.events[:NAMED]) + more,
        str(row.patients or ""),
        *("".join(LETTERS[o] for o in row.opens(column)) or "·" for column in columns),
    ]
    return f"| {' | '.join(cells)} |"


def simplify(matrix: EscapeMatrix) -> EscapeMatrix:
    """Return the rows of the picture: seen in patients, or not genetic, or the tumour as it is."""
    from dataclasses import replace

    shown = [row for row in matrix.rows if not row.events or row.patients]
    return replace(matrix, rows=tuple(shown))


def main() -> None:
    """Write the page and the picture."""
    matrix = find_matrix()
    (DOCS / "matrix.md").write_text(render_page(matrix), encoding="utf-8")
    (DOCS / "matrix.svg").write_text(draw_heat_map(simplify(matrix)), encoding="utf-8")
    opened = sum(
        cell is Level.FULL for row in matrix.rows for c in row.cells for cell in c.values()
    )
    print(f"{len(matrix.rows)} rows, {len(matrix.regimens)} regimens, {opened} cells at full")


if __name__ == "__main__":
    main()
