// What is known of a term, in a dialog; and how nodes are written in lists.

import { ask } from "./api.js";
import { get, h, put } from "./dom.js";

/** Show everything known of a term; `lead` is said first. */
export async function describe(term, title, lead = []) {
  const dialog = get("term");
  put(get("term-body"), h("h2", {}, title), lead, h("p", { class: "none" }, "Looking it up …"));
  if (!dialog.open) dialog.showModal();
  let parts;
  try {
    parts = termParts(await ask(`/api/show?${new URLSearchParams({ term })}`));
  } catch (error) {
    parts = [h("p", { class: "none" }, error.message)];
  }
  put(get("term-body"), h("h2", {}, title), lead, parts);
}

/** A record of a source: what it says, its details, its sources; what was measured `within` a study. */
function recordLine(entry, within) {
  const details = (entry.details ?? []).map((d) => `${d.property} ${d.values.join(", ")}`).join("; ");
  const label = within ? entry.label.replace(`: ${within.label}`, "") : entry.label;
  const sources = (entry.sources ?? []).filter((source) => !within?.sources.includes(source));
  return h("li", {}, details ? `${label} — ${details}` : label,
    sources.length ? h("small", { class: "cite" }, sources.join("; ")) : null,
    entry.results?.length ? h("ul", {}, entry.results.map((result) => recordLine(result, entry))) : null);
}

function termParts(found) {
  const facts = (found.facts ?? []).map((fact) => [
    h("dt", {}, fact.property, fact.inferred ? h("small", {}, " inferred") : null),
    h("dd", {}, (fact.values ?? []).join(", "),
      (fact.evidence ?? []).map((line) => h("small", { class: "cite" }, line))),
  ]);
  const list = (name, lines) => (lines?.length
    ? [h("h3", {}, name), h("ul", { class: "evidence" }, lines.map((line) => h("li", {}, line)))] : []);
  return [
    h("p", { class: "kind" }, [found.label, ...(found.classes ?? [])].join(" · ")),
    found.definition ? h("p", {}, found.definition) : null,
    found.synonyms?.length ? h("p", { class: "kind" }, `also: ${found.synonyms.join(", ")}`) : null,
    h("dl", { class: "facts" }, facts.flat()),
    ...(found.records ?? []).flatMap((group) => [
      h("h3", {}, group.kind), h("ul", { class: "evidence" }, group.entries.map((entry) => recordLine(entry))),
    ]),
    ...list("Evidence", found.evidence),
    ...list("Open contradictions", found.contradictions),
  ];
}
