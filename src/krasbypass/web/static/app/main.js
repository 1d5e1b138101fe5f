// The explorer: keeps question, picture and panel in step.

import { ask, Latest } from "./api.js";
import { showClosers, showEscapes } from "./advice.js";
import { get, h, iconOf, levelIcon, put } from "./dom.js";
import { savePng, saveSvg } from "./exports.js";
import { listenToKeys, say, setUpMenus, setUpTabs } from "./furniture.js";
import { drawLegend } from "./legend.js";
import { makeOption, Picker } from "./picker.js";
import { Picture } from "./picture.js";
import { showChanges, showOutputs, showRoutes } from "./panel.js";
import { EMPTY, History, isEmpty, PHASES, readAddress, writeAim, writeQuery } from "./question.js";
import { describe } from "./terms.js";
import { View } from "./view.js";

const [routesCall, gapsCall, forecastCall] = [new Latest(), new Latest(), new Latest()];
const page = { shown: null, before: null, catalogue: null, picture: null, hinted: false };
let asked = 0;

const questions = new History(readAddress(location.hash), (question) => update(question));

// -- asking and showing -----------------------------------------------------------------------------

async function update(question) {
  const started = performance.now();
  showQuestion(question);
  const query = writeQuery(question);
  if (page.shown && page.shown.query === query) return recolour(question);
  asked += 1;
  const mine = asked;
  document.body.classList.add("asking");
  let answer;
  try {
    answer = await routesCall.ask(`/api/routes?${query}`);
  } catch (error) {
    if (mine === asked) refuse(error);
    return undefined;
  }
  if (mine !== asked || !answer) return undefined;
  settle();
  page.before = page.shown;
  page.shown = { query, question, answer };
  page.picture.show(answer, question);
  const told = showAll(question, answer);
  requestAnimationFrame(() => setTimeout(() => {
    const svg = get("picture");
    svg.dataset.took = String(Math.round(performance.now() - started));
    svg.dataset.query = query;
    performance.measure("redraw", { start: started, end: performance.now() });
  }));
  say(told || summary(answer));
  adviseSoon(query);
  return undefined;
}

function recolour(question) {
  const aimed = writeAim(page.shown.question) !== writeAim(question);
  page.shown.question = question;
  settle();
  page.picture.recolour(question.phase);
  showTables(question, page.shown.answer);
  get("picture").dataset.query = page.shown.query;
  if (aimed) adviseSoon(page.shown.query);
}

/** What is seen is the answer to what is asked: no longer waited for, nor refused. */
function settle() {
  document.body.classList.remove("asking", "refused");
  get("problem").hidden = true;
}

function showAll(question, answer) {
  showTables(question, answer);
  showNotes(answer);
  return showChanges(page.before, page.shown, tools);
}

function showTables(question, answer) {
  const chosen = question.output in answer.outputs ? question.output : "";
  const { phase } = question;
  showOutputs(answer, { phase, chosen, defaults: page.defaults, choose: tools.choose });
  showRoutes(answer, { phase, chosen, tools });
}

function showQuestion(question) {
  pickers.tissue.show([question.tissue]);
  pickers.alterations.show(question.alterations);
  pickers.drugs.show(question.drugs);
  for (const phase of PHASES) get(`phase-${phase}`).checked = phase === question.phase;
  get("undo").disabled = !questions.canUndo;
  get("redo").disabled = !questions.canRedo;
  get("hint").hidden = page.hinted || !isEmpty(question);
  const query = writeQuery(question);
  for (const link of document.querySelectorAll("[data-export]")) {
    link.href = link.dataset.export === "report" ? `/api/report?${query}${writeAim(question)}`
      : `/api/export?format=${link.dataset.export}&${query}`;
  }
  for (const box of document.querySelectorAll("#hypotheses input")) {
    const stated = question.hypotheses.find((entry) => entry.startsWith(`${box.name}=`));
    box.checked = stated ? stated.endsWith("=on") : box.dataset.on === "true";
  }
}

function showNotes(answer) {
  put(get("notes"), h("p", {}, `Ontology ${answer.ontology_version}, facts as of ${answer.as_of}. ${answer.notice}`));
}

function summary(answer) {
  return page.defaults.map((name) => {
    const levels = answer.outputs[name];
    return levels ? `${name}: ${levels.baseline} before, ${levels.acute} acute, ${levels.adapted} adapted.` : "";
  }).join(" ");
}

/** Say why there is no answer, and offer what would help: the nearest names, leaving out, undoing. */
function refuse(error) {
  document.body.classList.remove("asking");
  document.body.classList.add("refused");
  const words = error.message.split(/; (?:nearest|known): /)[0];
  const wrong = findRefused(words);
  const near = error.nearest?.length ? error.nearest : wrong ? pickers[wrong.key].suggest(wrong.entry) : [];
  const button = (text, onclick, kind) => h("button", { type: "button", class: kind, onclick }, text);
  const [back, undo] = questions.canUndo
    ? ["Undo", () => questions.move(-1)] : ["Start again", () => questions.go(EMPTY)];
  put(get("problem"), h("p", {}, `${words[0].toUpperCase()}${words.slice(1)}.`),
    near.length ? h("p", {}, "Nearest: ", near.map((name) => (wrong
      ? button(name, () => replaceRefused(wrong, [name])) : h("b", {}, `${name} `)))) : null,
    h("p", {}, wrong ? [button(`Leave out ${wrong.entry}`, () => replaceRefused(wrong, []), "link"), " or "] : null,
      button(back, undo, "link")));
  get("problem").hidden = false;
  say(error.message);
}

/** Return the field and the entry that a refusal quotes. */
function findRefused(words) {
  for (const key of Object.keys(pickers)) {
    const entry = [questions.now[key]].flat().find((one) => words.includes(`'${one}'`));
    if (entry) return { key, entry };
  }
  return undefined;
}

/** Put other names where the refused one stood. */
function replaceRefused({ key, entry }, names) {
  const { now } = questions;
  questions.go({ [key]: key === "tissue" ? names[0] ?? EMPTY.tissue
    : [...new Set(now[key].flatMap((one) => (one === entry ? names : [one])))] });
  pickers[key].input.focus();
}

// -- closers and forecast ---------------------------------------------------------------------------

let waiting;

function adviseSoon(query) {
  for (const name of ["closers", "escapes"]) {
    get(`count-${name}`).textContent = "";
    get(`pane-${name}`).dataset.query = "";
    put(get(`pane-${name}`), h("p", { class: "wait" }, "Computing …"));
  }
  gapsCall.stop();
  forecastCall.stop();
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    advise("closers", query);
    if (get("tab-escapes").getAttribute("aria-selected") === "true") advise("escapes", query);
  }, 60);
}

async function advise(name, query) {
  const pane = get(`pane-${name}`);
  const { output, target } = questions.now;
  const key = `${query}&output=${output}&target=${target}`;
  if (pane.dataset.query === key) return;
  pane.dataset.query = key;
  const outputs = writeAim({ output });
  try {
    const count = await (name === "closers" ? adviseClosers : adviseEscapes)(pane, query + outputs);
    if (count !== null && pane.dataset.query === key) get(`count-${name}`).textContent = count;
  } catch (error) {
    if (pane.dataset.query !== key) return;
    put(pane, h("p", { class: "none" }, error.message));
    pane.dataset.query = "";
  }
}

async function adviseClosers(pane, query) {
  const call = (target) => gapsCall.ask(`/api/gaps?${query}&target=${target}`);
  const { target } = questions.now;
  let answer = await call(target || "suppress");
  const auto = Boolean(!target && answer?.reached);
  if (auto) answer = await call("close");
  if (!answer) return null;
  return showClosers(pane, answer, {
    auto,
    add: (drugs) => questions.go({ drugs: [...new Set([...questions.now.drugs, ...drugs])] }),
    aim: (chosen) => questions.go({ target: chosen }),
  });
}

async function adviseEscapes(pane, query) {
  const answer = await forecastCall.ask(`/api/forecast?${query}`);
  if (!answer) return null;
  return showEscapes(pane, answer, {
    add: (added) => questions.go({ alterations: [...new Set([...questions.now.alterations, ...added])] }),
  });
}

// -- what lists need to know ------------------------------------------------------------------------

const tools = {
  later: new Map(),
  light: (steps) => page.picture.light(steps),
  name: (id) => page.names.get(id) ?? id,
  cite: (id) => page.shown?.answer.citations?.[id] ?? page.before?.answer.citations?.[id] ?? id,
  describe: (term) => describe(term, term),
  hypothesis: (name) => page.catalogue.hypotheses.find((entry) => entry.name === name)?.label ?? name,
  choose: (name) => {
    questions.go({ output: name });
    const open = document.querySelector("[role=tab][aria-selected=true]").id;
    if (open !== "tab-closers" && open !== "tab-escapes") get("tab-routes").click();
  },
  get disputes() {
    return [...(page.shown?.answer.disputes ?? []), ...(page.before?.answer.disputes ?? [])];
  },
};

function describeNode(id) {
  const node = page.picture.placed.get(id);
  const levels = page.picture.levels(id);
  const lines = [h("p", { class: "levels" }, PHASES.map((phase, i) => h("span", {},
    levelIcon(iconOf(levels[i], levels[0]), levels[i]), `${phase === "baseline" ? "before" : phase}: ${levels[i]}`)))];
  const drugs = page.shown.answer.blocked[id] ?? [];
  if (drugs.length) {
    lines.push(h("p", {}, `Blocked by ${drugs.map((d) => d.drug + (d.partial ? " (in part)" : "")).join(", ")}.`));
  }
  const tags = page.shown.answer.tags[id] ?? [];
  if (tags.length) lines.push(h("p", {}, `Alterations that bear on it: ${tags.join(", ")}.`));
  if (node.folded) lines.push(h("p", {}, `Alleles: ${node.title}.`));
  describe(id.replace(/^(present|relief|tone|membrane):/, ""), node.title, lines);
}

// -- starting ---------------------------------------------------------------------------------------

const pickers = {
  tissue: new Picker(get("pick-tissue"), {
    label: "Tissue", noun: "tissue", single: true, placeholder: "any",
    change: ([tissue]) => questions.go({ tissue: tissue || "any" }),
  }),
  alterations: new Picker(get("pick-alterations"), {
    label: "Alterations", noun: "alteration", placeholder: "gene or change, e.g. G12C, MET:amp",
    change: (alterations) => questions.go({ alterations }),
  }),
  drugs: new Picker(get("pick-drugs"), {
    label: "Drugs", noun: "drug", placeholder: "name, code, brand or mechanism",
    change: (drugs) => questions.go({ drugs }),
  }),
};

function fillPickers(catalogue) {
  const inWords = (name) => /[a-z]{4}/.test(name);
  pickers.tissue.options = catalogue.tissues.map(({ name, names }) => makeOption(name, {
    names, note: [...names.filter(inWords), ...names.filter((n) => !inWords(n))].slice(0, 2).join(", "),
  }));
  const kinds = { act: "active", mut: "unspecified change", low: "low expression", "wt-loss": "loss of the wild type" };
  pickers.alterations.options = [
    ...catalogue.alterations.map((a) => makeOption(a.node, {
      names: [...(a.names ?? []), ...(a.gene_names ?? []).map((g) => `${g}:${a.node.split(":").slice(1).join(":")}`)],
      group: a.gene, note: kinds[a.kind] ?? "", rank: Number(a.node.includes("+")),
    })),
    ...catalogue.contexts.map((c) => makeOption(c.node ?? c, { names: [c.label ?? ""].filter(Boolean), group: "context" })),
  ];
  const stages = ["approved", "clinical", "preclinical", "discontinued"];
  pickers.drugs.options = catalogue.drugs.map((d) => makeOption(d.name, {
    names: [...(d.names ?? []), d.mechanism_label ?? d.mechanism].filter(Boolean), group: d.mechanism_label ?? d.mechanism,
    note: d.stage, rank: (stages.indexOf(d.stage) + 9) % 9 + (d.generic ? 20 : 0),
  })).sort((a, b) => a.rank - b.rank);
  put(get("hypotheses"), (catalogue.hypotheses ?? []).map((entry) => h("label", {},
    h("input", {
      type: "checkbox", name: entry.name, "data-on": String(entry.on),
      onchange: (event) => setHypothesis(entry, event.target.checked),
    }), h("span", {}, entry.label ?? entry.name))));
}

function setHypothesis(entry, on) {
  const others = questions.now.hypotheses.filter((text) => !text.startsWith(`${entry.name}=`));
  questions.go({ hypotheses: on === entry.on ? others : [...others, `${entry.name}=${on ? "on" : "off"}`] });
}

async function start() {
  const first = questions.now;
  const early = ask(`/api/routes?${writeQuery(first)}`).catch(() => null);
  let catalogue;
  let layout;
  try {
    [catalogue, layout] = await Promise.all([ask("/api/catalogue"), ask("/api/layout")]);
  } catch (error) {
    return refuse(error);
  }
  page.catalogue = catalogue;
  page.defaults = catalogue.outputs.filter((output) => output.default).map((output) => output.name);
  page.names = new Map(layout.nodes.map((node) => [node.id, nameOf(node)]));
  fillPickers(catalogue);
  page.picture = new Picture(get("picture"), layout, describeNode);
  page.view = new View(get("picture"), layout);
  drawLegend(get("legend"));
  setUpControls();
  await early;
  await update(first);
  document.body.classList.add("ready");
  performance.mark("usable");
  return undefined;
}

function nameOf(node) {
  if (node.kind === "state") return node.id.replace(/\.GTP$/, "-GTP").replace(".", " ");
  return node.label.replaceAll("\n", " ");
}

function setUpControls() {
  for (const phase of PHASES) {
    get(`phase-${phase}`).addEventListener("change", () => questions.go({ phase }));
  }
  get("undo").addEventListener("click", () => questions.move(-1));
  get("redo").addEventListener("click", () => questions.move(1));
  get("clear").addEventListener("click", () => questions.go({ ...EMPTY, phase: questions.now.phase }));
  get("hint-close").addEventListener("click", () => {
    get("hint").hidden = page.hinted = true;
    pickers.alterations.input.focus();
  });
  get("copy").addEventListener("click", copyLink);
  get("zoom-in").addEventListener("click", () => page.view.zoom(1 / 1.3));
  get("zoom-out").addEventListener("click", () => page.view.zoom(1.3));
  get("zoom-fit").addEventListener("click", () => page.view.fit());
  get("silent").addEventListener("change", (event) => {
    page.picture.showSilent = event.target.checked;
    if (page.shown) page.picture.show(page.shown.answer, page.shown.question);
  });
  get("save-svg").addEventListener("click", () => saveSvg(get("picture"), titleOf(), "krasbypass"));
  get("save-png").addEventListener("click", () => savePng(get("picture"), titleOf(), "krasbypass"));
  for (const link of document.querySelectorAll("[data-example]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      questions.go(readAddress(link.hash));
    });
  }
  setUpTabs((name) => {
    tools.later.get(name)?.();
    tools.later.delete(name);
    if ((name === "escapes" || name === "closers") && page.shown) advise(name, page.shown.query);
  });
  setUpMenus();
  listenToKeys(questions);
  addEventListener("popstate", () => questions.follow(location.hash));
  addEventListener("hashchange", () => questions.follow(location.hash));
}

function titleOf() {
  const { tissue, alterations, drugs, phase } = questions.now;
  return `${[tissue, ...alterations].join(", ")} under ${drugs.join(" + ") || "no drug"}: ${phase} phase`;
}

async function copyLink() {
  try {
    await navigator.clipboard.writeText(location.href);
    say("Link copied.", true);
  } catch {
    say("The browser does not let the page copy; the link is in the address bar.", true);
  }
}

start();
