// Closers and forecast: what would shut the open routes, and what would open them again.

import { counted, h, put } from "./dom.js";
import { plain } from "./picker.js";

const SHOWN = 40;
const ALTERNATIVES = 6;

function facts(entries) {
  const shown = entries.filter(([, value]) => value);
  return h("dl", {}, shown.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
}

function some(texts, most = 3) {
  const kept = texts.filter(Boolean);
  const more = kept.length > most ? ` and ${kept.length - most} more` : "";
  return kept.slice(0, most).join("; ") + more;
}

/** Return a list that shows the first of its items, and the others at a click. */
function longList(items, make, most = SHOWN) {
  const list = h("ul", { class: "cards" }, items.slice(0, most).map(make));
  if (items.length <= most) return [list];
  const more = h("button", { type: "button", class: "more", onclick: () => {
    list.append(...items.slice(most).map(make));
    more.remove();
  } }, `show ${items.length - most} more`);
  return [list, more];
}

// -- closers --------------------------------------------------------------------------------------

function trialWords(trial) {
  const numbers = (trial.nct ?? []).filter((number) => !trial.name.includes(number));
  const number = numbers.length ? ` (${numbers.join(", ")})` : "";
  return `${trial.name}${number}${trial.results ? `: ${trial.results}` : trial.status ? `, ${trial.status}` : ""}`;
}

function toxicityWords(found) {
  const rate = found.rate === null || found.rate === undefined ? "" : ` ${found.rate} ${found.unit}`;
  return `${found.events.join(", ")}${found.grade ? `, grade ${found.grade}` : ""}${rate}`;
}

function closerCard(closer, add) {
  const chip = (drugs) => h("button", {
    type: "button", class: "chip", "data-closer": drugs.join("+"),
    "aria-label": `add ${drugs.join(" and ")}`, onclick: () => add(drugs),
  }, drugs.join(" + "));
  const others = closer.alternatives ?? [];
  const rest = others.length - ALTERNATIVES;
  const chips = h("div", { class: "chips" }, others.slice(0, ALTERNATIVES).map(chip));
  if (rest > 0) {
    const more = h("button", { type: "button", class: "chip plain", onclick: () => {
      more.replaceWith(...others.slice(ALTERNATIVES).map(chip));
    } }, `${rest} more …`);
    chips.append(more);
  }
  return h("li", { class: "closer" },
    h("button", {
      type: "button", class: "card", "data-closer": closer.drugs.join("+"),
      "aria-label": `add ${closer.drugs.join(" and ")}`, onclick: () => add(closer.drugs),
    },
    h("span", { class: "plus", "aria-hidden": "true" }, "+"),
    h("b", {}, closer.drugs.join(" + ")),
    closer.approved_for_tumour ? h("em", { class: "good" }, "approved for this tumour") : null,
    closer.brake_proof ? h("em", { title: "holds with every brake released" }, "brake-proof") : null,
    closer.no_recorded_trial ? h("em", { class: "rare" }, "no recorded trial") : null,
    facts([
      ["how", (closer.mechanisms ?? []).join(" + ")], ["evidence", closer.evidence_level],
      ["trials", some((closer.trials ?? []).map(trialWords), 1)],
      ["toxicity", some((closer.toxicity ?? []).map(toxicityWords))],
      ["note", some(closer.caveats ?? [])],
    ])),
    others.length ? h("div", { class: "alike" }, h("span", {}, "or the like:"), chips) : null);
}

/** Fill the list of closers; a click adds one. `target` can be changed by `aim`. */
export function showClosers(pane, answer, { add, aim, auto }) {
  const outputs = (answer.chosen ?? []).join(" and ") || "the chosen outputs";
  const targets = [["suppress", "below full"], ["close", "off"]];
  const switcher = h("div", { class: "aim", role: "radiogroup", "aria-label": "Target" },
    h("span", {}, `Bring ${outputs}`),
    targets.map(([target, words]) => h("button", {
      type: "button", role: "radio", "data-key": target, "aria-checked": String(answer.target === target),
      onclick: () => aim(target),
    }, words)));
  const closers = answer.closers ?? [];
  const lead = answer.reached ? `${outputs}: the target is reached already.`
    : `${counted(closers.length, "way")} to reach it, the best supported first; a click adds the drugs.`;
  const drugless = answer.no_catalogue_drug ?? [];
  put(pane, switcher,
    auto ? h("p", { class: "lead" }, "Nothing is at full level; these shut what is left.") : null,
    h("p", { class: "lead" }, lead),
    drugless.length ? h("p", { class: "warn" }, h("b", {}, "No drug of the catalogue closes: "),
      some(drugless.map((d) => `${d.output} (${d.reason})`), 6)) : null,
    longList(closers, (closer) => closerCard(closer, add)));
  return closers.length;
}

// -- forecast -------------------------------------------------------------------------------------

function observedWords(found) {
  const count = found.patients ? ` (${found.patients}${found.cohort_size ? ` of ${found.cohort_size}` : ""} patients)` : "";
  return found.label.includes("patients (") ? found.label : found.label + count;
}

function escapeCard(escape, add) {
  const outputs = Object.entries(escape.outputs ?? {}).map(([name, level]) => `${name} ${level}`);
  return h("li", {}, h("button", {
    type: "button", class: "card", "data-escape": escape.alterations.join(","),
    "aria-label": `add ${escape.alterations.join(" and ")}`, onclick: () => add(escape.alterations),
  },
  h("span", { class: "plus", "aria-hidden": "true" }, "+"),
  h("b", {}, escape.alterations.join(" + ")), h("em", {}, escape.mechanism),
  facts([
    ["re-opens", outputs.join(", ")],
    ["seen", some((escape.observed ?? []).map(observedWords), 2) || "not on record"],
    ["closed by", some((escape.closers ?? []).map((c) => c.drugs.join(" + ")))
      || (escape.closable === false ? "no drug of the catalogue" : "")],
  ])));
}

/** Fill the list of escapes; a click adds one to the tumour. */
export function showEscapes(pane, answer, { add }) {
  const escapes = answer.escapes ?? [];
  const open = answer.already_open ?? [];
  const chosen = (answer.chosen ?? []).join(" or ");
  const box = h("div", {});
  const list = (text) => {
    const wanted = plain(text);
    const found = escapes.filter((e) => plain(`${e.alterations.join(" ")} ${e.mechanism}`).includes(wanted));
    put(box, longList(found, (escape) => escapeCard(escape, add)));
  };
  list("");
  put(pane,
    open.length ? h("p", { class: "warn" }, `Open already: ${open.join(", ")}. A forecast says what would open the others.`) : null,
    h("p", { class: "lead" }, escapes.length
      ? `${counted(escapes.length, "further alteration")} would bring ${chosen} back to full under these drugs, those seen most first.`
      : `No single further alteration of the catalogue brings ${chosen || "an output"} back to full.`),
    escapes.length > 8 ? h("input", {
      type: "search", class: "sieve", placeholder: "search in these", "aria-label": "Search the escapes",
      oninput: (event) => list(event.target.value),
    }) : null, box);
  return escapes.length;
}
