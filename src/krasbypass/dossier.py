"""Everything a report of one case tells, asked in one go: gaps, forecast, matrix, sensitivity."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from krasbypass.answers import Route
from krasbypass.fixpoint import Evaluation
from krasbypass.forecast import Aside, Escape, ForecastAnswer, Progress, forecast_escapes
from krasbypass.gaps import GapsAnswer, find_gaps
from krasbypass.knowledge import Knowledge
from krasbypass.matrix import EscapeMatrix, find_escape_matrix
from krasbypass.network import Network
from krasbypass.records import Records, load_records
from krasbypass.routes import evaluate_tumour
from krasbypass.sensitivity import SensitivityAnswer, find_sensitivity
from krasbypass.terms import cite
from krasbypass.tumour import Tumour
from krasbypass.vocabulary import C

#: Combinations that a report's matrix sets beside the one asked about, unless told otherwise.
COLUMNS = 6
#: Stages of drugs that patients can get.
_CLINIC = ("approved", "clinical")


@dataclass(frozen=True)
class Report:
    """The answers of one report.

    Attributes
    ----------
    gaps
        What stays open and what closes it; its question is the report's.
    forecast
        What re-opens under the combination.
    added, outlook
        The best closer, where the goal is missed, and the forecast once it is added.
    matrix
        Escapes against the combination and this with each of `additions`.
    sensitivity
        The single weak facts that decide the answer.
    evaluation
        The clone whose outputs are highest, for the picture; `clones` counts those evaluated.
    citations
        Evidence of the routes as one line each, by id.
    hypotheses
        What each hypothesis that the routes rest on says.
    drugs_of
        Drugs that closers may use, by mechanism.
    """

    network: Network = field(repr=False)
    gaps: GapsAnswer
    forecast: ForecastAnswer = field(repr=False)
    added: tuple[str, ...]
    outlook: ForecastAnswer | None = field(repr=False)
    matrix: EscapeMatrix = field(repr=False)
    additions: tuple[tuple[str, ...], ...]
    sensitivity: SensitivityAnswer = field(repr=False)
    evaluation: Evaluation = field(repr=False)
    clones: int
    citations: Mapping[str, str] = field(hash=False, repr=False)
    hypotheses: Mapping[str, str] = field(hash=False, repr=False)
    drugs_of: Mapping[str, tuple[str, ...]] = field(hash=False, repr=False)


def make_report(
    network: Network,
    tumour: Tumour,
    drugs: Iterable[str] = (),
    *,
    outputs: Iterable[str] | None = None,
    target: str = "suppress",
    max_add: int = 3,
    gaps: GapsAnswer | None = None,
    columns: int = COLUMNS,
    records: Records | None = None,
    progress: Progress | None = None,
) -> Report:
    """Return the answers of a report on `tumour` under `drugs`.

    Parameters
    ----------
    network, tumour, drugs, outputs, target, max_add, records
        As for `krasbypass.gaps.find_gaps`.
    gaps
        The answer of `find_gaps` to this question, if it is there already; its outputs, target
        and size count then.
    columns
        Combinations beside the one asked about in the matrix.
    progress
        Called with the number of steps done and in all.

    Examples
    --------
    >>> import krasbypass as kb
    >>> network = kb.build_signalling_network(kb.load_knowledge())
    >>> report = make_report(network, kb.Tumour.parse("CRC", ["KRAS:G12C"]), ["sotorasib"])
    >>> report.added, report.matrix.regimens[:2]
    (('panitumumab',), (('sotorasib',), ('sotorasib', 'panitumumab')))
    """
    records = records or load_records()
    tell = progress or (lambda done, total: None)
    gaps = gaps or find_gaps(
        network, tumour, drugs, outputs=outputs, target=target, max_add=max_add, records=records
    )
    tell(1, 5)
    chosen, drugs = gaps.chosen, gaps.answer.drugs

    def look_ahead(further: Iterable[str]) -> ForecastAnswer:
        together = (*drugs, *further)
        return forecast_escapes(
            network, tumour, together, outputs=chosen, max_add=gaps.max_add, records=records
        )

    forecast = look_ahead(())
    tell(2, 5)
    added = gaps.closers[0].drugs if gaps.closers else ()
    outlook = look_ahead(added) if added else None
    tell(3, 5)
    additions = tuple(c.drugs for c in gaps.closers[:columns]) or pick_additions(
        network.knowledge, forecast, columns
    )
    matrix = find_escape_matrix(
        network,
        tumour,
        [drugs, *((*drugs, *further) for further in additions)],
        outputs=chosen,
        records=records,
    )
    tell(4, 5)
    sensitivity = find_sensitivity(network, tumour, drugs, outputs=chosen, size=1)
    evaluations = [e for group in evaluate_tumour(network, tumour, drugs) for e in group]
    tell(5, 5)
    return Report(
        network=network,
        gaps=gaps,
        forecast=forecast,
        added=added,
        outlook=outlook,
        matrix=matrix,
        additions=additions,
        sensitivity=sensitivity,
        evaluation=max(evaluations, key=lambda e: sum(e.level(o) for o in chosen)),
        clones=len(evaluations),
        citations=_cite_routes(network, (*gaps.answer.routes, *gaps.answer.residual)),
        hypotheses=_find_hypotheses(network),
        drugs_of=_sort_drugs(network, gaps),
    )


def pick_additions(
    knowledge: Knowledge, forecast: ForecastAnswer, count: int
) -> tuple[tuple[str, ...], ...]:
    """Return further drugs that together close the most escapes, one set at a time.

    Each escape weighs one, and one more for each patient in whom it was seen under these drugs or
    their class. Drugs that patients can get go first; then sets of fewer drugs.
    """
    weights: list[int] = []
    closed: dict[tuple[str, ...], set[int]] = defaultdict(set)
    drugs: dict[tuple[str, ...], tuple[str, ...]] = {}
    for number, escape in enumerate(forecast.escapes):
        seen = (o.patients or 0 for o in escape.observed if o.same_class)
        weights.append(1 + max(seen, default=0))
        for closer in escape.closers:
            closed[closer.mechanisms].add(number)
            drugs.setdefault(closer.mechanisms, closer.drugs)
    far = {m for m, s in drugs.items() if any(knowledge.drugs[d].stage not in _CLINIC for d in s)}
    picked: list[tuple[str, ...]] = []
    left = set(range(len(weights)))

    def gain(mechanisms: tuple[str, ...]) -> tuple[object, ...]:
        new, whole = (
            sum(weights[n] for n in numbers)
            for numbers in (closed[mechanisms] & left, closed[mechanisms])
        )
        return (mechanisms in far, -new, len(mechanisms), -whole, mechanisms)

    while len(picked) < min(count, len(closed)):
        best = min((m for m in closed if m not in picked), key=gain)
        picked.append(best)
        left -= closed[best]
    return tuple(drugs[mechanisms] for mechanisms in picked)


def group_escapes(escapes: Iterable[Escape]) -> Mapping[str, tuple[tuple[Escape, int], ...]]:
    """Return escapes by mechanism, of those alike in one mechanism the first and their number.

    Mechanisms and escapes keep the order of `escapes`, the most observed first.
    """
    groups: dict[str, dict[frozenset[str], list[Escape]]] = defaultdict(lambda: defaultdict(list))
    for escape in escapes:
        alike = escape.alike[0] if len(escape.alterations) == 1 else ()
        groups[escape.mechanism][frozenset((*escape.alterations, *alike))].append(escape)
    return {
        mechanism: tuple((alike[0], len(alike)) for alike in sets.values())
        for mechanism, sets in groups.items()
    }


def group_asides(asides: Iterable[Aside]) -> Mapping[tuple[str, bool], tuple[str, ...]]:
    """Return what is to be watched, by output that comes to full (True) or drug (False).

    Outputs come first; of alterations that act alike the first is named, with their number.
    """
    by: dict[tuple[str, bool], list[str]] = defaultdict(list)
    for aside in asides:
        alike = len(aside.alterations) - 1
        more = f" (+{alike} alike)" if alike else ""
        name = f"{aside.alterations[0]}{more}{'' if aside.genetic else ', not genetic'}"
        for output in aside.outputs:
            by[output, True].append(name)
        for drug in aside.exposure:
            by[drug, False].append(name)
    return {key: tuple(by[key]) for key in sorted(by, key=lambda key: (not key[1], key[0]))}


def _cite_routes(network: Network, routes: Iterable[Route]) -> dict[str, str]:
    ids = sorted({e for route in routes for step in route.steps for e in step.evidence})
    return {evidence: cite(network.knowledge, evidence) for evidence in ids}


def _find_hypotheses(network: Network) -> dict[str, str]:
    knowledge = network.knowledge
    return {
        knowledge.node(term): knowledge.label(term) for term in knowledge.instances(C.HYPOTHESIS)
    }


def _sort_drugs(network: Network, gaps: GapsAnswer) -> dict[str, tuple[str, ...]]:
    """Return the drugs of the closers by mechanism, in the order in which they are offered."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for closer in gaps.closers:
        for drugs in (closer.drugs, *closer.alternatives):
            for drug in drugs:
                found[network.knowledge.drugs[drug].mechanism_name][drug] = None
    return {mechanism: tuple(drugs) for mechanism, drugs in sorted(found.items())}
