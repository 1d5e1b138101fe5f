// The query page: the named queries as examples beside YASGUI, which asks this server alone.

import { ask } from "./api.js";
import { get, h, put } from "./dom.js";
import { plain } from "./picker.js";

const FIRST = `PREFIX : <https://w3id.org/krasbypass/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>

SELECT ?drug ?label ?stage WHERE {
  ?drug a :Drug ; rdfs:label ?label ; :stage ?stage .
} ORDER BY ?label LIMIT 100
`;

let tool;

/** Write a named query into the editor, and run it. */
function open(query, run = true) {
  tool.setValue(query.text);
  for (const button of document.querySelectorAll("#queries button")) {
    button.setAttribute("aria-current", String(button.dataset.name === query.name));
  }
  history.replaceState(null, "", `#${encodeURIComponent(query.name)}`);
  if (run) tool.query().catch(() => {});
}

function list(queries, text) {
  const wanted = plain(text);
  const found = queries.filter((q) => plain(`${q.name} ${q.title} ${q.question ?? ""}`).includes(wanted));
  put(get("queries"), found.map((query) => h("li", {}, h("button", {
    type: "button", "data-name": query.name, title: query.question, onclick: () => open(query),
  }, query.title, h("small", {}, query.name)))));
  get("live").textContent = `${found.length} queries`;
}

/** A term of the graph is described here; nothing is fetched from the address that names it. */
function follow(event) {
  const link = event.target.closest("a[href^='https://w3id.org/krasbypass/']");
  if (!link) return;
  event.preventDefault();
  event.stopPropagation();
  tool.setValue(`DESCRIBE <${link.href}>\n`);
  tool.query().catch(() => {});
}

async function start() {
  const { Yasgui } = window.Yasgui.Yasgui ? window.Yasgui : { Yasgui: window.Yasgui };
  Yasgui.Yasqe.defaults.autocompleters = ["variables", "prefixes"];
  const gui = new Yasgui(get("yasgui"), {
    persistenceId: null,
    requestConfig: { endpoint: `${location.origin}/sparql`, method: "POST" },
    copyEndpointOnNewTab: false, autofocus: false,
    yasqe: { value: FIRST, createShareableLink: null, persistenceId: null },
    yasr: { persistenceId: null },
  });
  const tab = gui.getTab() ?? gui.addTab(true);
  tool = tab.getYasqe();
  tool.getInputField().setAttribute("aria-label", "Query");
  get("yasgui").addEventListener("click", (event) => follow(event), true);
  const { queries } = await ask("/api/catalogue");
  list(queries, "");
  get("filter").addEventListener("input", (event) => list(queries, event.target.value));
  const named = queries.find((query) => query.name === decodeURIComponent(location.hash.slice(1)));
  if (named) open(named, false);
  document.body.classList.add("ready");
}

addEventListener("DOMContentLoaded", start);
if (document.readyState === "complete") start();
