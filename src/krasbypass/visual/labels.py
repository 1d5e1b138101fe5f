"""What a node is on the map and how it is written there: short, colour and place say the rest."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import wrap

from krasbypass.knowledge import Knowledge
from krasbypass.vocabulary import C

#: What the picture says by other means than words.
_SAID = (" signalling", " active", " output")
_PREFIXES = ("relief", "tone", "present", "membrane", "tissue")
_STATE = ".GTP"
WIDEST, WILD_TYPE = 19, "wild type"


def find_kind(knowledge: Knowledge, node: str) -> str:
    """Return what a node is: relief, tone, present, membrane, tissue, state, receptor, output..."""
    prefix = node.partition(":")[0]
    if prefix in _PREFIXES:
        return prefix
    activity = knowledge.activities.get(node)
    if activity is None:
        return "state" if node.endswith(_STATE) else "activity"
    if C.ACTIVE_STATE in knowledge.classes(activity.id):
        return "state"
    if any(C.RECEPTOR in knowledge.classes(gene) for gene in activity.genes):
        return "receptor"
    return "output" if activity.is_output else "activity"


def find_family(knowledge: Knowledge, node: str) -> str:
    """Return the gene whose allele a state is."""
    return node.partition(".")[0]


def find_label(knowledge: Knowledge, node: str, kind: str) -> str:
    """Return how a node is written on the map."""
    rest = node.partition(":")[2]
    if kind in ("relief", "tone"):
        return f"relief of {rest}" if kind == "relief" else f"{rest} tone"
    if kind in ("present", "tissue"):
        return rest
    if kind == "membrane":
        return kind
    if kind == "state":
        change = node.partition(".")[2].removesuffix(_STATE)
        return WILD_TYPE if change == "WT" else change
    activity = knowledge.activities.get(node)
    if activity is None or kind in ("receptor", "output"):
        return node
    label = activity.label.partition(" (")[0]
    for said in _SAID:
        label = label.removesuffix(said)
    return label


def name_way(knowledge: Knowledge, nodes: Iterable[str]) -> str:
    """Return the nodes of a route in words: each as on the map, an allele with its gene."""

    def name(node: str) -> str:
        kind = find_kind(knowledge, node)
        if kind == "state":
            return f"{node.removesuffix(_STATE).replace('.', ' ', 1)}-GTP"
        return find_label(knowledge, node, kind)

    return " → ".join(" | ".join(map(name, node.split("|"))) for node in nodes)


def find_title(node: str, kind: str) -> str:
    """Return a node that the ontology has no label of its own for, in words.

    >>> find_title("relief:X", "relief"), find_title("A.B1C.GTP", "state")
    ('relief of X: comes up as X falls', 'A:B1C bound to GTP')
    """
    rest = node.partition(":")[2]
    if kind == "relief":
        return f"relief of {rest}: comes up as {rest} falls"
    if kind == "state":
        return f"{node.removesuffix(_STATE).replace('.', ':', 1)} bound to GTP"
    words = {"tone": f"ligand tone of {rest}", "present": f"{rest}, the protein"}
    return words.get(kind, f"{rest} at the membrane" if kind == "membrane" else node)


def wrap_label(label: str) -> tuple[str, ...]:
    """Return a label in the fewest lines, these as even as can be.

    >>> wrap_label("receptor-driven nucleotide exchange")
    ('receptor-driven', 'nucleotide exchange')
    >>> wrap_label("RAS-GTP at the membrane")
    ('RAS-GTP at', 'the membrane')
    """
    if len(label) <= WIDEST - 3:
        return (label,)
    lines = wrap(label, WIDEST, break_long_words=False, break_on_hyphens=False)
    for width in range(WIDEST, 4, -1):
        tried = wrap(label, width, break_long_words=False, break_on_hyphens=False)
        if len(tried) > len(lines):
            break
        lines = tried
    return tuple(lines)


def measure_label(lines: Iterable[str], *, bold: bool = False) -> float:
    """Return about how wide lines are drawn, in units of the map, so that boxes hold their text.

    >>> measure_label(["MEK", "iii"]) > measure_label(["iii"])
    True
    """

    def width(char: str) -> float:
        if char in "ijlI.,:;' |()-ft":
            return 3.6
        return 9.6 if char in "mwMWα" else 7.9 if char.isupper() else 6.5

    return max(sum(map(width, line)) for line in lines) * (1.06 if bold else 1.0)
