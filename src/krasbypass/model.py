"""The values that the package passes around: frozen, hashable, free of RDF and of networkx."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum


class Level(IntEnum):
    """How much signal a node carries.

    >>> min(Level.FULL, Level.ATTENUATED).label
    'attenuated'
    """

    OFF = 0
    ATTENUATED = 1
    FULL = 2

    @property
    def label(self) -> str:
        """The word that answers use."""
        return self.name.lower()

    @property
    def mark(self) -> str:
        """The sign that stands before the word."""
        return "○◐●"[self]


class Phase(StrEnum):
    """When a level is read: before the drugs, at once under them, after the brakes have lifted."""

    BASELINE = "baseline"
    ACUTE = "acute"
    ADAPTED = "adapted"


class LiteralKind(StrEnum):
    """What a literal contributes to its rule, given the level of its node."""

    PLAIN = ""
    ANY = "?"
    NOT = "!"
    RELIEF = "@"
    RELIEF_ANY = "@?"


_RELIEF_KINDS = (LiteralKind.RELIEF, LiteralKind.RELIEF_ANY)
_THRESHOLD_KINDS = (LiteralKind.ANY, LiteralKind.RELIEF_ANY)


@dataclass(frozen=True, slots=True, order=True)
class Literal:
    """A node as a rule reads it.

    >>> str(Literal("MAPK", LiteralKind.RELIEF_ANY)), str(Literal("ERK"))
    ('@MAPK?', 'ERK')
    """

    node: str
    kind: LiteralKind = LiteralKind.PLAIN

    def __str__(self) -> str:
        match self.kind:
            case LiteralKind.ANY:
                return f"{self.node}?"
            case LiteralKind.NOT:
                return f"!{self.node}"
            case LiteralKind.RELIEF:
                return f"@{self.node}"
            case LiteralKind.RELIEF_ANY:
                return f"@{self.node}?"
            case _:
                return self.node

    @property
    def is_relief(self) -> bool:
        """Whether the literal reads how far its node fell."""
        return self.kind in _RELIEF_KINDS

    @property
    def is_threshold(self) -> bool:
        """Whether any signal at all is enough."""
        return self.kind in _THRESHOLD_KINDS


@dataclass(frozen=True, slots=True)
class Rule:
    """Literals that together give `target` at least `strength`, or what they allow of it.

    `interaction` is the ontology term that the rule was compiled from; `driver` is the literal
    that a route follows, always one of `literals`.

    >>> print(Rule("r", "r", (Literal("A"), Literal("B", LiteralKind.ANY)), Literal("A"), "C"))
    A & B? -> C full
    """

    id: str
    interaction: str
    literals: tuple[Literal, ...]
    driver: Literal
    target: str
    strength: Level = Level.FULL
    serial: bool = False

    def __str__(self) -> str:
        body = " & ".join(str(literal) for literal in self.literals)
        return f"{body} -> {self.target} {self.strength.label}{' serial' if self.serial else ''}"

    @property
    def source(self) -> str:
        """The node from which the rule's edge starts, as routes name it."""
        return f"{RELIEF}{self.driver.node}" if self.driver.is_relief else self.driver.node


# Names of what is no term of the ontology: inputs that the scenario sets beside alterations and
# contexts, nodes that the compiler adds, and the reliefs at which routes start.

ENGAGED_OFF, ENGAGED_ON, OCCUPIED = "engaged_off:", "engaged_on:", "occupied:"
PRESENT, RELIEF, TISSUE = "present:", "relief:", "tissue:"
#: Inputs named by `spare` are full where no drug lowers them.
SPARE = "spare:"


def engaged_off(node: str) -> str:
    """Name the input: how far drugs that bind the OFF form block `node`."""
    return f"{ENGAGED_OFF}{node}"


def engaged_on(node: str) -> str:
    """Name the input: how far the other drugs block `node`."""
    return f"{ENGAGED_ON}{node}"


def spare(node: str, kind: str) -> str:
    """Name the input: what a kind of overload re-opens of `node` under the drugs given.

    >>> spare("X.GTP", "dosage")
    'spare:dosage:X.GTP'
    """
    return f"{SPARE}{kind}:{node}"


def occupied(node: str) -> str:
    """Name the input: a drug sits on `node` without blocking it."""
    return f"{OCCUPIED}{node}"


def presence(gene: str) -> str:
    """Name the node: the protein of `gene` is there and not blocked."""
    return f"{PRESENT}{gene}"


#: The input that is on while ligand tone feeds RAS.
TONE_UNMASKED = "tone:unmasked"
#: The tissue input for tissues without rebound facts of their own.
ANY_TISSUE = f"{TISSUE}any"


@dataclass(frozen=True, slots=True)
class Gene:
    """A gene; `unspecified` is the kind as which a change without further detail is read."""

    id: str
    symbol: str
    names: tuple[str, ...]
    classes: frozenset[str]
    unspecified: str | None
    activities: tuple[str, ...]
    has_alleles: bool
    primary: bool


@dataclass(frozen=True, slots=True)
class Activity:
    """A node of the network that the ontology describes."""

    id: str
    node: str
    label: str
    layer: int | None
    genes: tuple[str, ...]
    is_output: bool
    default: bool
    when_held: bool
    route_kind: str | None
    masks_tone: bool


@dataclass(frozen=True, slots=True)
class Alteration:
    """An alteration of the catalogue; `parts` are the changes that it carries in cis."""

    id: str
    node: str
    gene: str
    kind: str
    classes: frozenset[str]
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """A member over which an interaction is expanded: its id and what its properties name."""

    id: str
    values: Mapping[str, tuple[str, ...]] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Interaction:
    """A reified causal statement, its nodes still ontology ids (or placeholders)."""

    id: str
    label: str
    literals: tuple[tuple[str, LiteralKind], ...]
    driver: tuple[str, LiteralKind]
    raises: tuple[str, ...]
    strength: str
    serial: bool
    outruns_off: bool
    overloads_by: str | None
    for_each: str | None
    rebound: bool
    hypothesis: str | None
    evidence: tuple[str, ...]
    disputed: tuple[str, ...]

    @property
    def terms(self) -> frozenset[str]:
        """Ontology terms that the interaction mentions."""
        return frozenset({*(ref for ref, _ in self.literals), *self.raises})


@dataclass(frozen=True, slots=True)
class Drug:
    """A drug: what it engages, what abolishes that, and how it is classed."""

    id: str
    name: str
    mechanism: str
    classes: frozenset[str]
    generic: bool
    engages: tuple[tuple[str, Level], ...]
    occupies: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    stage: str = ""
    binds_off_only: bool = False
    abrogated_by: frozenset[str] = frozenset()
    weakened_by: frozenset[str] = frozenset()
    retains: frozenset[str] = frozenset()
    partners: tuple[str, ...] = ()
    effluxed_by: tuple[str, ...] = ()

    @property
    def mechanism_name(self) -> str:
        """The mechanism without what a comma sets apart within it; the name where it has none."""
        return self.mechanism.partition(",")[0] or self.name


@dataclass(frozen=True, slots=True)
class Tissue:
    """A tumour type, its ligand tone and whether rebound facts name it."""

    id: str
    name: str
    names: tuple[str, ...]
    tone: tuple[tuple[str, Level], ...]
    has_rebound: bool


@dataclass(frozen=True, slots=True)
class Evidence:
    """A place in a source that supports a statement."""

    id: str
    kind: str
    source: str
    citation: str
    locator: str
    unchecked: str | None


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Statements that cannot all hold, and the reading that the model uses."""

    id: str
    label: str
    disagreement: str
    reading: str
    concerns: tuple[str, ...]
