// What stands beside the picture: levels of outputs, and the list of routes.

import { counted, get, h, iconOf, levelIcon, put } from "./dom.js";
import { findChanges, isRise, nameChange } from "./changes.js";
import { PHASES } from "./question.js";

const SHOWN = 25;
const PHASE_WORDS = { baseline: "before", acute: "acute", adapted: "adapted" };

/** Fill the table of outputs; a name filters the routes. */
export function showOutputs(answer, { phase, chosen, defaults, choose }) {
  const rebounds = Object.values(answer.outputs).some((levels) => levels.course === "rebounding");
  const head = h("tr", {}, h("th", { scope: "col" }, rebounds ? "output, ↻ rebounds" : "output"),
    PHASES.map((p) => h("th", { scope: "col", class: p === phase ? "now" : null }, PHASE_WORDS[p])));
  const names = Object.keys(answer.outputs);
  names.sort((a, b) => defaults.includes(b) - defaults.includes(a));
  const rows = names.map((name) => {
    const levels = answer.outputs[name];
    return h("tr", { class: name === chosen ? "chosen" : null, "data-output": name },
      h("th", { scope: "row" }, h("button", {
        type: "button", "data-key": name, "aria-pressed": String(name === chosen), title: `routes to ${name} only${levels.course === "rebounding" ? "; it rebounds: higher once adapted than at once" : ""}`,
        onclick: () => choose(name === chosen ? "" : name),
      }, name, levels.course === "rebounding" ? h("small", {}, h("span", { class: "unseen" }, " rebounds"), "↻") : null)),
      PHASES.map((p) => h("td", { class: p === phase ? "now" : null, "data-level": levels[p] },
        levelIcon(iconOf(levels[p], levels.baseline), levels[p]), h("span", {}, levels[p]))));
  });
  put(get("outputs"), h("thead", {}, head), h("tbody", {}, rows));
}

/** Return a list of routes, the first of them at once and the others at a click. */
export function listRoutes(routes, tools, none) {
  if (!routes.length) return [h("p", { class: "none" }, none)];
  const list = h("ul", { class: "routes" }, routes.slice(0, SHOWN).map((r) => routeItem(r, tools)));
  if (routes.length <= SHOWN) return [list];
  const more = h("button", { type: "button", class: "more", onclick: () => {
    list.append(...routes.slice(SHOWN).map((r) => routeItem(r, tools)));
    more.remove();
  } }, `show ${routes.length - SHOWN} more`);
  return [list, more];
}

function chain(nodes, name) {
  return nodes.flatMap((node, i) => [
    i ? h("span", { class: "to", "aria-hidden": "true" }, " → ") : null,
    h("span", {}, node.split("|").map(name).join(" | ")),
  ]);
}

function routeItem(route, tools) {
  const steps = h("ol", { class: "steps" });
  steps.hidden = true;
  const light = () => tools.light(route.steps);
  const dark = () => tools.light(null);
  const button = h("button", {
    type: "button", class: "route", "aria-expanded": "false",
    onclick: () => {
      steps.hidden = !steps.hidden;
      button.setAttribute("aria-expanded", String(!steps.hidden));
      if (!steps.hidden && !steps.childElementCount) put(steps, route.steps.map((st) => stepItem(st, tools)));
    },
    onmouseenter: light, onmouseleave: dark, onfocus: light, onblur: dark,
  }, levelIcon(route.level), h("b", {}, route.output), h("em", {}, route.kind),
  route.timing ? h("em", { class: route.timing }, route.timing) : null,
  h("span", { class: "chain" }, chain(route.nodes, tools.name)));
  return h("li", { class: route.level }, button, steps);
}

function stepItem(step, tools) {
  const evidence = step.evidence.map((id) => h("li", {}, tools.cite(id)));
  const disputes = tools.disputes.filter((dispute) => step.disputed.includes(dispute.id));
  return h("li", {},
    h("button", { type: "button", class: "term", onclick: () => tools.describe(step.interaction) },
      `${tools.name(step.source)} → ${tools.name(step.target)}`),
    h("p", {}, step.label),
    evidence.length ? h("ul", { class: "evidence" }, evidence) : h("p", { class: "none" }, "no evidence recorded"),
    disputes.map((dispute) => h("div", { class: "dispute" },
      h("p", {}, h("b", {}, "Contradiction: "), dispute.question),
      h("p", {}, dispute.disagreement), h("p", {}, h("b", {}, "Read here as: "), dispute.reading))));
}

/** Fill the list of routes: open, residual, closed. */
export function showRoutes(answer, { chosen, phase, tools }) {
  const fits = (route) => !chosen || route.output === chosen;
  const [open, residual] = [answer.routes.filter(fits), answer.residual.filter(fits)];
  const closed = answer.closed.filter(fits);
  get("count-routes").textContent = open.length + residual.length;
  put(get("pane-routes"),
    chosen ? h("p", { class: "filter" }, `Routes to ${chosen} only. `,
      h("button", { type: "button", class: "link", onclick: () => tools.choose("") }, "Show all")) : null,
    phase === "adapted" ? null : h("p", { class: "notes" }, "Routes are those of the adapted phase."),
    notes(answer, tools),
    answer.complete ? null : h("p", { class: "warn" }, "The bound on paths was hit: more routes exist than are listed."),
    h("h3", {}, levelIcon("full"), `Open (${open.length})`),
    listRoutes(open, tools, "No route is open at full level."),
    h("h3", {}, levelIcon("attenuated"), `Residual, attenuated (${residual.length})`),
    listRoutes(residual, tools, "No residual route."),
    h("h3", {}, levelIcon("off"), `Closed or weakened since before (${closed.length})`),
    closedList(closed, tools));
}

function notes(answer, tools) {
  const lines = answer.assumptions.map((text) => `Assumed: ${text}.`);
  const names = answer.hypotheses.map(tools.hypothesis).join("; ");
  if (names) lines.push([`Some of these rest on hypotheses (${names}). `, switches()]);
  return lines.length ? h("ul", { class: "notes" }, lines.map((line) => h("li", {}, line))) : null;
}

/** Return what opens the menu of competing mechanisms. */
function switches() {
  return h("button", { type: "button", class: "link", onclick: (event) => {
    event.stopPropagation();
    get("model-menu").open = true;
    get("hypotheses").querySelector("input")?.focus();
  } }, "Switch them");
}

function closedList(closed, tools) {
  if (!closed.length) return h("p", { class: "none" }, "Nothing that was open before has closed.");
  return h("ul", { class: "routes" }, closed.slice(0, 60).map((entry) => {
    const steps = ways(entry.nodes);
    return h("li", { class: "off" }, h("div", {
      class: "route", tabindex: "0", onmouseenter: () => tools.light(steps),
      onmouseleave: () => tools.light(null), onfocus: () => tools.light(steps), onblur: () => tools.light(null),
    }, levelIcon(entry.level ?? "off"), h("b", {}, entry.output),
    h("em", {}, `at ${entry.closed_at.split("|").map(tools.name).join(" | ")}${entry.by.length ? ` by ${entry.by.join(" + ")}` : ""}`),
    h("span", { class: "chain" }, chain(entry.nodes, tools.name))));
  }));
}

/** Return the steps between the folded nodes of a route. */
function ways(nodes) {
  const split = nodes.map((node) => node.split("|"));
  return split.slice(1).flatMap((targets, i) => targets.flatMap(
    (target) => split[i].map((source) => ({ source, target })),
  ));
}

/** Say what the last change opened and closed, briefly above and in full in its own list. */
export function showChanges(before, after, tools) {
  const line = get("change");
  const pane = get("pane-changes");
  if (!before) {
    put(line, h("span", { class: "none" }, "Change the question: what opens and closes is told here."));
    put(pane, h("p", { class: "none" }, "Nothing has been changed yet."));
    get("count-changes").textContent = "";
    return "";
  }
  const what = nameChange(before.question, after.question);
  const { outputs, opened, closed } = findChanges(before.answer, after.answer);
  const [up, down] = [outputs.filter(isRise), outputs.filter((o) => !isRise(o))];
  const words = (list) => {
    const names = new Map();
    for (const { name, from, to, phase } of list) {
      const how = `${from} → ${to}${phase === "adapted" ? "" : `, ${PHASE_WORDS[phase]}`}`;
      names.set(how, [...(names.get(how) ?? []), name]);
    }
    return [...names].map(([how, which]) => `${which.join(", ")} (${how})`).join("; ");
  };
  put(line,
    h("b", {}, what, ":"), " ",
    h("span", { class: "count" }, `${counted(opened.length, "route")} opened, ${closed.length} closed. `),
    down.length ? h("span", { class: "down" }, `▼ closed or weakened: ${words(down)} `) : null,
    up.length ? h("span", { class: "up" }, `▲ opened: ${words(up)} `) : null,
    outputs.length ? null : h("span", {}, "No output changed level."));
  get("count-changes").textContent = opened.length + closed.length;
  const fill = () => put(pane,
    h("h3", {}, `Opened or stronger (${opened.length})`), listRoutes(opened, tools, "No route opened."),
    h("h3", {}, `Closed or weaker (${closed.length})`), listRoutes(closed, tools, "No route closed."));
  if (pane.hidden) tools.later.set("changes", fill);
  else fill();
  return line.textContent;
}
