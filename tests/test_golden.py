"""Golden answers to the stories that must read right to an expert, one JSON file a story.

After a change of the ontology or of the rules, look at what changed with::

    python tests/test_golden.py && git diff --stat tests/golden
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from krasbypass import Network, Tumour, build_signalling_network, find_routes, load_knowledge
from krasbypass.report.routes import routes_to_json

GOLDEN = Path(__file__).parent / "golden"


class Story(NamedTuple):
    """A question and what an expert expects of the MAPK output, at once and after adaptation."""

    tissue: str
    alterations: str
    drugs: str
    acute: str
    adapted: str


#: Levels in the last two columns may name several that would all be right.
STORIES = {
    "G12C": Story("NSCLC", "KRAS:G12C", "", "full", "full"),
    "G12C-sotorasib": Story("NSCLC", "KRAS:G12C", "sotorasib", "off", "attenuated"),
    "G12C-sotorasib-TNO155": Story(
        "NSCLC", "KRAS:G12C", "sotorasib,TNO155", "off", "off attenuated"
    ),
    "G12C-CRC-sotorasib": Story("CRC", "KRAS:G12C", "sotorasib", "off", "full"),
    "G12C-CRC-sotorasib-cetuximab": Story(
        "CRC", "KRAS:G12C", "sotorasib,cetuximab", "off", "off attenuated"
    ),
    "G12C-H95D-adagrasib": Story("NSCLC", "KRAS:G12C+H95D", "adagrasib", "full", "full"),
    "G12C-H95D-sotorasib": Story("NSCLC", "KRAS:G12C+H95D", "sotorasib", "off", "attenuated"),
    "G12C-Y96D-adagrasib": Story("NSCLC", "KRAS:G12C+Y96D", "adagrasib", "full", "full"),
    "G12C-Y96D-sotorasib": Story("NSCLC", "KRAS:G12C+Y96D", "sotorasib", "full", "full"),
    "G12C-Y96D-RM-018": Story("NSCLC", "KRAS:G12C+Y96D", "RM-018", "off", "off attenuated"),
    "G12D-sotorasib": Story("PDAC", "KRAS:G12D", "sotorasib", "full", "full"),
    "G12D-MRTX1133": Story("PDAC", "KRAS:G12D", "MRTX1133", "off", "off attenuated"),
    "G12D-daraxonrasib": Story("PDAC", "KRAS:G12D", "daraxonrasib", "off", "off attenuated"),
    "NRAS-Q61K-adagrasib": Story("NSCLC", "KRAS:G12C,NRAS:Q61K", "adagrasib", "full", "full"),
    "NRAS-Q61K-daraxonrasib": Story(
        "NSCLC", "KRAS:G12C,NRAS:Q61K", "daraxonrasib", "off attenuated", "off attenuated"
    ),
    "MET-amp-adagrasib": Story("NSCLC", "KRAS:G12C,MET:amp", "adagrasib", "full", "full"),
    "MET-amp-daraxonrasib": Story(
        "NSCLC", "KRAS:G12C,MET:amp", "daraxonrasib", "attenuated", "attenuated"
    ),
    "BRAF-V600E-adagrasib": Story("NSCLC", "KRAS:G12C,BRAF:V600E", "adagrasib", "full", "full"),
    "BRAF-V600E-daraxonrasib": Story(
        "NSCLC", "KRAS:G12C,BRAF:V600E", "daraxonrasib", "full", "full"
    ),
    "PTEN-loss-adagrasib": Story("NSCLC", "KRAS:G12C,PTEN:loss", "adagrasib", "off", "attenuated"),
    "PTEN-loss-daraxonrasib": Story(
        "NSCLC", "KRAS:G12C,PTEN:loss", "daraxonrasib", "off", "off attenuated"
    ),
    "NF1-loss-adagrasib": Story("NSCLC", "KRAS:G12C,NF1:loss", "adagrasib", "full", "full"),
    "NF1-loss-daraxonrasib": Story(
        "NSCLC", "KRAS:G12C,NF1:loss", "daraxonrasib", "off attenuated", "off attenuated"
    ),
    "G12C-trametinib": Story("NSCLC", "KRAS:G12C", "trametinib", "off", "attenuated"),
}


def answer_story(network: Network, story: Story) -> dict[str, Any]:
    """Return the answer to a story as it stands in the golden files: one line a route."""
    tumour = Tumour.parse(story.tissue, story.alterations.split(","))
    found = routes_to_json(find_routes(network, tumour, [story.drugs]))
    return {
        "question": found["question"],
        "outputs": {name: " ".join(levels.values()) for name, levels in found["outputs"].items()},
        "routes": [write_route(route) for route in found["routes"]],
        "residual": [write_route(route) for route in found["residual"]],
        "closed": [
            f"{entry['output']}: {' → '.join(entry['nodes'])} at {entry['closed_at']} "
            f"by {' + '.join(entry['by'])}, now {entry['level']}"
            for entry in found["closed"]
        ],
        "complete": found["complete"],
        "assumptions": found["assumptions"],
    }


def write_route(route: dict[str, Any]) -> str:
    kinds = ", ".join(route["kinds"] + [f"({detail})" for detail in route["details"]])
    return f"{route['output']} {route['timing']} {kinds}: {' → '.join(route['nodes'])}"


def read_golden(name: str) -> dict[str, Any]:
    return json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", STORIES)
def test_answer_is_the_golden_one(name: str, network: Network) -> None:
    assert answer_story(network, STORIES[name]) == read_golden(name)


@pytest.mark.parametrize("name", STORIES)
def test_levels_read_right_to_an_expert(name: str) -> None:
    """Of the golden file itself, so that regenerating cannot make a wrong answer golden."""
    _, acute, adapted, _ = read_golden(name)["outputs"]["MAPK"].split()
    assert acute in STORIES[name].acute.split()
    assert adapted in STORIES[name].adapted.split()


#: Story, output, and nodes that one of its routes must name in this order.
NAMED_STEPS = [
    ("G12C", "MAPK", "KRAS:G12C KRAS.G12C.GTP RAF.dimer MEK ERK MAPK"),
    ("G12C-sotorasib", "MAPK", "relief:MAPK EGFR receptor_exchange KRAS.WT.GTP MAPK"),
    ("G12C-sotorasib", "MAPK", "relief:MAPK FGFR1 receptor_exchange KRAS.G12C.GTP MAPK"),
    ("G12C-sotorasib", "PI3K-AKT-mTOR", "relief:MAPK ERBB3 receptor_pY PI3K.alpha PI3K-AKT-mTOR"),
    ("G12C-CRC-sotorasib", "MAPK", "relief:MAPK EGFR receptor_exchange NRAS.WT.GTP MAPK"),
    ("G12C-H95D-adagrasib", "MAPK", "KRAS:G12C+H95D KRAS.G12C+H95D.GTP MAPK"),
    ("NRAS-Q61K-adagrasib", "MAPK", "NRAS:Q61K NRAS.Q61K.GTP RAF.dimer MAPK"),
    ("MET-amp-adagrasib", "MAPK", "MET:amp MET receptor_exchange KRAS.WT.GTP MAPK"),
    ("MET-amp-daraxonrasib", "MAPK", "MET:amp MET MEK ERK MAPK"),
    ("MET-amp-daraxonrasib", "PI3K-AKT-mTOR", "MET:amp MET receptor_pY PI3K-AKT-mTOR"),
    ("BRAF-V600E-daraxonrasib", "MAPK", "BRAF:V600E BRAF.monomer MEK ERK MAPK"),
    ("PTEN-loss-adagrasib", "PI3K-AKT-mTOR", "PTEN:loss PIP3 AKT PI3K-AKT-mTOR"),
    ("NF1-loss-adagrasib", "MAPK", "NF1:loss RAS.unrestrained KRAS.WT.GTP MAPK"),
    ("G12C-trametinib", "MAPK", "MEK ERK MAPK"),
]


@pytest.mark.parametrize(("name", "output", "steps"), NAMED_STEPS)
def test_routes_name_the_steps(name: str, output: str, steps: str) -> None:
    golden = read_golden(name)
    routes = [r.partition(": ")[2] for r in golden["routes"] + golden["residual"]]
    chains = [r.split(" → ") for r in routes if r.endswith(f"→ {output}")]
    assert any(names_in_order(chain, steps.split()) for chain in chains)


def names_in_order(chain: list[str], steps: list[str]) -> bool:
    rest = iter(chain)
    return all(any(step in node.split("|") for node in rest) for step in steps)


def test_no_golden_file_is_left_over() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(STORIES)


def regenerate() -> None:
    """Write every golden file anew."""
    network = build_signalling_network(load_knowledge())
    GOLDEN.mkdir(exist_ok=True)
    for name, story in STORIES.items():
        text = json.dumps(answer_story(network, story), ensure_ascii=False, indent=1)
        (GOLDEN / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    regenerate()
