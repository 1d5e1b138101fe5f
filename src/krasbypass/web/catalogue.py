"""The names from which a question is put together: what the explorer's search looks through."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from krasbypass.facts import ALT_LABEL, Facts
from krasbypass.knowledge import Knowledge
from krasbypass.queries.named import NamedQuery, find_queries
from krasbypass.queries.store import resolve_parameters
from krasbypass.queries.text import bind_values, declare_prefixes
from krasbypass.vocabulary import PREFIXES, C


def build_catalogue(
    knowledge: Knowledge, names: Facts, folder: Path | None = None
) -> dict[str, Any]:
    """Return tissues, contexts, alterations, drugs, outputs, hypotheses and named queries.

    Every name is what the notation takes; the order is that of the names, of outputs that of the
    ontology. `names` are those of the store, for the parameters of queries.
    """
    return {
        "tissues": [
            *({"name": t.name, "names": list(t.names)} for t in knowledge.tissues.values()),
            {"name": "any", "names": []},
        ],
        "contexts": [
            {"node": knowledge.node(t), "label": knowledge.label(t)}
            for t in knowledge.instances(C.CONTEXT)
        ],
        "alterations": [
            {
                "node": alteration.node,
                "gene": knowledge.label(alteration.gene),
                "gene_names": list(knowledge.values(alteration.gene, ALT_LABEL)),
                "kind": alteration.kind,
                "names": list(knowledge.values(alteration.id, ALT_LABEL)),
            }
            for alteration in sorted(knowledge.alterations.values(), key=lambda a: a.node)
        ],
        "drugs": [
            {
                "name": drug.name,
                "names": list(drug.names),
                "mechanism": drug.mechanism,
                "stage": drug.stage,
                "generic": drug.generic,
            }
            for drug in sorted(knowledge.drugs.values(), key=lambda d: (d.generic, d.name))
        ],
        "outputs": [
            {
                "name": node,
                "label": knowledge.activities[node].label,
                "default": knowledge.activities[node].default,
            }
            for node in knowledge.outputs
        ],
        "hypotheses": [
            {"name": name, "label": knowledge.label(knowledge.find_term(name)), "on": on}
            for name, on in sorted(knowledge.hypotheses.items())
        ],
        "queries": [_describe_query(query, names) for query in find_queries(folder)],
        "ontology_version": knowledge.version,
        "as_of": knowledge.as_of,
        "notice": knowledge.notice,
    }


def _describe_query(query: NamedQuery, names: Facts) -> dict[str, Any]:
    """Return a named query; its text runs as it stands, with the defaults of its parameters."""
    values = resolve_parameters(query, {}, names)
    bound = bind_values(
        query.text, {variable.value: str(term) for variable, term in values.items()}
    )
    declared = declare_prefixes(bound, PREFIXES)
    if declared != bound:  # for people, each on its own line
        declared = (
            "\nPREFIX".join(declared.removesuffix(bound).split("PREFIX")).strip() + "\n" + bound
        )
    return {
        "name": query.name,
        "title": query.title,
        "question": query.question,
        "text": declared,
        "parameters": [
            {"name": p.name, "default": p.default, "kind": p.kind} for p in query.parameters
        ],
    }
