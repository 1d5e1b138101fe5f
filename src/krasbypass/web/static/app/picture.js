// The pathway: drawn once, recoloured with each answer and phase, its places never changing.

import { s } from "./dom.js";
import { curve, middle, Places } from "./places.js";
import { PHASES } from "./question.js";

const LEVELS = ["off", "attenuated", "full"];
const STATES = { full: "open", attenuated: "attenuated" };
const FONT = "Arial, 'Liberation Sans', Helvetica, sans-serif";
const MANY = 6;
const ruler = document.createElement("canvas").getContext("2d");

/** Return how a thing with these levels looks in a phase. */
export function stateOf(levels, phase) {
  const level = levels[PHASES.indexOf(phase)];
  if (level !== "off") return STATES[level];
  return levels[0] === "off" ? "silent" : "closed";
}

export class Picture {
  /** `svg` is drawn into; `describe` is called with the id of a node that is chosen. */
  constructor(svg, layout, describe) {
    this.svg = svg;
    this.places = new Places(layout);
    this.describe = describe;
    this.drawn = new Map();
    this.lines = new Map();
    this.showSilent = false;
    this.frames = s("g", { class: "frames" });
    this.edges = s("g", { class: "edges", "aria-hidden": "true" });
    this.nodes = s("g", { class: "nodes" });
    this.captions = s("g", { class: "captions", "aria-hidden": "true" });
    this.marks = s("g", { class: "marks", "aria-hidden": "true" });
    svg.append(this.frames, this.edges, this.captions, this.nodes, this.marks);
    svg.setAttribute("viewBox", `0 0 ${layout.width} ${layout.height}`);
    for (const group of layout.groups) {
      [group.frame, group.caption] = drawFrame(group);
      this.frames.append(group.frame);
      this.captions.append(group.caption);
    }
    svg.addEventListener("keydown", (event) => this.press(event));
    svg.addEventListener("click", (event) => {
      const id = event.target.closest("[data-id]")?.dataset.id;
      if (id) this.describe(id);
    });
  }

  /** Draw an answer. */
  show(answer, question) {
    this.answer = answer;
    this.question = question;
    this.placed = this.places.arrange(answer, question);
    this.folds = new Map();
    for (const node of this.placed.values()) {
      for (const id of node.folded ?? []) this.folds.set(id, node.id);
    }
    const filled = new Set([...this.placed.values()].filter((n) => this.isShown(n)).map((n) => n.group));
    for (const group of this.places.groups.values()) {
      group.frame.style.display = group.caption.style.display = filled.has(group.id) ? "" : "none";
    }
    this.pairs = this.findPairs();
    this.recolour(question.phase);
  }

  /** Show the same answer in a phase. */
  recolour(phase) {
    this.phase = phase;
    this.drawNodes();
    this.drawEdges();
    this.drawMarks();
    this.keepFocusable();
  }

  levels(id) {
    const node = this.placed.get(id);
    const ids = node?.folded ?? [id];
    return PHASES.map((_, i) => LEVELS[Math.max(...ids.map(
      (one) => LEVELS.indexOf(this.answer.nodes[one]?.[i] ?? "off"),
    ))]);
  }

  isShown(node) {
    if (this.showSilent || node.core || node.folded) return true;
    return node.kind === "receptor" || node.id in this.answer.nodes;
  }

  // -- nodes ----------------------------------------------------------------------------------

  drawNodes() {
    for (const [id, element] of this.drawn) {
      if (!this.placed.has(id)) {
        element.remove();
        this.drawn.delete(id);
      }
    }
    for (const node of this.placed.values()) {
      let element = this.drawn.get(node.id);
      if (element && element.place !== `${node.x},${node.y},${node.label}`) {
        element.remove();
        element = undefined;
      }
      if (!element) {
        element = drawNode(node);
        element.place = `${node.x},${node.y},${node.label}`;
        this.drawn.set(node.id, element);
        this.nodes.append(element);
      }
      const levels = this.levels(node.id);
      const blocked = this.answer.blocked[node.id];
      let state = stateOf(levels, this.phase);
      if (blocked && state === "silent" && this.phase !== "baseline") state = "closed";
      const shown = this.isShown(node);
      const touched = node.id in this.answer.nodes || Boolean(node.folded);
      element.setAttribute("class", `node ${node.kind} ${state}${touched ? " touched" : ""}${
        node.group ? " member" : ""}`);
      element.style.display = shown ? "" : "none";
      element.icon.setAttribute("href", `#icon-${state}`);
      const course = PHASES.map((p, i) => `${p} ${levels[i]}`).join(", ");
      const by = blocked ? `; blocked by ${blocked.map((b) => b.drug).join(", ")}` : "";
      const words = `${node.title}: ${course}${by}`;
      element.setAttribute("aria-label", words);
      element.words.textContent = `${node.title}\n${course}${by}`;
    }
  }

  // -- edges ----------------------------------------------------------------------------------

  /** Return what is drawn between nodes: edges of the layout and the answer, by id. */
  findPairs() {
    const pairs = new Map();
    const add = (source, target, levels, kind, known) => {
      const band = known?.bundle;
      const from = band ? `band:${band}` : this.folds.get(source) ?? source;
      const to = this.folds.get(target) ?? target;
      const id = `${from}>${to}`;
      const old = pairs.get(id);
      const higher = old ? old.levels.map((l, i) => Math.max(l, levels[i])) : levels;
      pairs.set(id, { id, from, to, band, kind: old?.kind ?? kind, levels: higher,
        members: [...(old?.members ?? []), `${source}>${target}`] });
    };
    for (const [source, target, b, a, c, kind] of this.answer.edges) {
      add(source, target, [b, a, c], kind, this.places.known.get(`${source}>${target}`));
    }
    for (const edge of this.places.edges) {
      const ends = [edge.source, edge.target].map((id) => this.placed.get(id));
      const core = ends.every((node) => node?.core);
      if (edge.kind === "driver" && (core || (this.showSilent && ends.every(Boolean)))) {
        const old = pairs.get(edge.id);
        if (!old && !edge.bundle) add(edge.source, edge.target, [0, 0, 0], "driver", edge);
      }
    }
    return pairs;
  }

  drawEdges() {
    for (const [id, line] of this.lines) {
      if (!this.pairs.has(id)) {
        line.remove();
        this.lines.delete(id);
      }
    }
    const order = { silent: 0, condition: 1, closed: 2, attenuated: 3, open: 4 };
    const drawn = [];
    for (const pair of this.pairs.values()) {
      const to = this.placed.get(pair.to);
      const from = pair.band ? this.places.groups.get(pair.band) : this.placed.get(pair.from);
      if (!to || !from) continue;
      let line = this.lines.get(pair.id);
      const points = pair.band
        ? this.places.routeBand(from, to)
        : this.places.route({ id: pair.id }, from, to);
      const path = curve(points);
      if (!line) {
        line = s("g", {}, s("path", { class: "halo" }), s("path", { class: "line" }), s("use"));
        this.lines.set(pair.id, line);
      }
      const [halo, stroke, cross] = line.children;
      const words = pair.levels.map((level) => LEVELS[level]);
      const state = stateOf(words, this.phase);
      if (line.path !== path) {
        halo.setAttribute("d", path);
        stroke.setAttribute("d", path);
        line.path = path;
        const [x, y] = middle(points);
        cross.setAttribute("x", x);
        cross.setAttribute("y", y);
      }
      line.setAttribute("class", `edge ${pair.kind} ${state}`);
      stroke.setAttribute("marker-end", `url(#arrow-${pair.kind === "condition" && state !== "closed"
        ? "condition" : state})`);
      cross.setAttribute("href", state === "closed" ? "#cross" : "#nothing");
      drawn.push([pair.kind === "condition" ? 1 : order[state], line]);
    }
    drawn.sort((a, b) => a[0] - b[0]);
    this.edges.append(...drawn.map(([, line]) => line));
  }

  // -- drugs and alterations --------------------------------------------------------------------

  drawMarks() {
    const marks = [];
    for (const [id, tags] of Object.entries(this.answer.tags)) {
      const node = this.placed.get(id);
      if (node && this.isShown(node)) marks.push(...drawTags(node, tags));
    }
    if (this.phase !== "baseline") {
      const at = new Map();
      const add = (id, entry) => {
        const node = this.placed.get(this.folds.get(id) ?? id);
        if (!node || !this.isShown(node)) return;
        if (!at.has(node)) at.set(node, new Map());
        at.get(node).set(entry.drug + entry.how, entry);
      };
      for (const [id, drugs] of Object.entries(this.answer.blocked)) {
        for (const { drug, partial } of drugs) add(id, { drug, how: partial ? "partly" : "blocks" });
      }
      for (const [id, drugs] of Object.entries(this.answer.driven)) {
        for (const drug of drugs) add(id, { drug, how: "drives" });
      }
      marks.push(...this.drawBandPills(at));
      for (const [node, drugs] of at) if (drugs.size) marks.push(...drawPills(node, [...drugs.values()]));
    }
    this.marks.replaceChildren(...marks);
  }

  /** A drug that blocks many of a band stands on its frame once, not at each of them. */
  drawBandPills(at) {
    const marks = [];
    for (const group of this.places.groups.values()) {
      if (group.kind !== "band") continue;
      const hits = new Map();
      for (const [node, drugs] of at) {
        if (node.group !== group.id) continue;
        for (const key of drugs.keys()) hits.set(key, [...(hits.get(key) ?? []), drugs]);
      }
      let right = group.x + group.width / 2;
      for (const [key, places] of hits) {
        if (places.length <= MANY) continue;
        const entry = places[0].get(key);
        for (const drugs of places) drugs.delete(key);
        const text = `${entry.drug}: ${places.length} of these`;
        const width = measure(text, "bold 10.5px") + 34;
        right -= width;
        const frame = { id: group.id, x: right + width / 2, y: group.y - group.height / 2 - 2, width, height: 0 };
        marks.push(...drawPills(frame, [{ ...entry, drug: text }]));
      }
    }
    return marks;
  }

  // -- lighting up and keys -----------------------------------------------------------------------

  /** Light up the steps of a route; without, all is as before. */
  light(steps) {
    for (const element of this.svg.querySelectorAll(".lit")) element.classList.remove("lit");
    this.svg.classList.toggle("lighting", Boolean(steps));
    if (!steps) return;
    const pairs = new Set(steps.map((step) => `${step.source}>${step.target}`));
    const nodes = new Set(steps.flatMap((step) => [step.source, step.target]));
    for (const pair of this.pairs.values()) {
      if (pair.members.some((id) => pairs.has(id))) this.lines.get(pair.id)?.classList.add("lit");
    }
    for (const id of nodes) this.drawn.get(this.folds.get(id) ?? id)?.classList.add("lit");
    for (const mark of this.marks.children) mark.classList.toggle("lit", nodes.has(mark.dataset.at));
  }

  keepFocusable() {
    const shown = [...this.nodes.children].filter((e) => e.style.display !== "none");
    const now = shown.find((e) => e.getAttribute("tabindex") === "0") ?? shown[0];
    for (const element of this.nodes.children) element.setAttribute("tabindex", element === now ? "0" : "-1");
  }

  press(event) {
    const here = event.target.closest(".node");
    if (!here) return;
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.describe(here.dataset.id);
    } else if (ways[event.key]) {
      event.preventDefault();
      const next = this.neighbour(here.dataset.id, ways[event.key]);
      if (!next) return;
      here.setAttribute("tabindex", "-1");
      next.setAttribute("tabindex", "0");
      next.focus();
    }
  }

  /** Return the nearest node that is drawn in a direction. */
  neighbour(id, [dx, dy]) {
    const here = this.placed.get(id);
    let best = null;
    let nearest = Infinity;
    for (const [other, element] of this.drawn) {
      const node = this.placed.get(other);
      if (other === id || !this.isShown(node)) continue;
      const along = (node.x - here.x) * dx + (node.y - here.y) * dy;
      const across = Math.abs((node.x - here.x) * dy) + Math.abs((node.y - here.y) * dx);
      if (along > 6 && along + 2.5 * across < nearest) {
        nearest = along + 2.5 * across;
        best = element;
      }
    }
    return best;
  }
}

/** Return how wide a text is drawn. */
function measure(text, font) {
  ruler.font = `${font} ${FONT}`;
  return ruler.measureText(text).width;
}

// -- single marks ---------------------------------------------------------------------------------

function drawFrame(group) {
  const left = group.x - group.width / 2;
  const top = group.y - group.height / 2;
  return [
    s("g", { class: `frame ${group.kind}`, style: "display:none" },
      s("rect", { x: left, y: top, width: group.width, height: group.height, rx: 7 })),
    s("g", { class: "frame", style: "display:none" }, s("text", { x: left + 10, y: top + 12 }, group.label)),
  ];
}

function drawNode(node) {
  const lines = node.label.split("\n");
  const bare = node.kind === "relief" || node.kind === "tone";
  const radius = { receptor: 10, state: 12, present: 11, membrane: 11, output: 1 }[node.kind] ?? 5;
  const { width, height } = node;
  const font = node.kind === "output" ? "bold 11.5px" : "11.5px";
  const longest = Math.max(...lines.map((line) => measure(line, font)));
  const icon = s("use", { x: -1 - longest / 2, y: -0.5 });
  const words = s("title");
  const label = s("text");
  lines.forEach((line, i) => label.append(
    s("tspan", { x: 7, y: (i - (lines.length - 1) / 2) * 13 + 4 }, line),
  ));
  const element = s("g", {
    "data-id": node.id, role: "button", transform: `translate(${node.x} ${node.y})`, tabindex: "-1",
  }, words, s("rect", {
    x: -width / 2, y: -height / 2, width, height, rx: radius, class: bare ? "bare" : null,
  }), icon, label);
  element.icon = icon;
  element.words = words;
  return element;
}

/** Return the tags of alterations above a node, the gene left out where the node names it. */
function drawTags(node, tags) {
  const short = tags.map((tag) => (tag.startsWith(`${node.id}:`) ? tag.slice(node.id.length + 1) : tag));
  const shown = short.length > 2 ? [short[0], `${short.length - 1} more`] : short;
  const widths = shown.map((text) => measure(text, "bold 10px") + 20);
  let x = node.x - Math.max(node.width / 2 + 2, widths.reduce((a, b) => a + b + 2, -2) / 2);
  return shown.map((text, i) => {
    const mark = s("g", { class: "tag", "data-at": node.id, transform: `translate(${x} ${node.y - node.height / 2 - 10})` },
      s("title", {}, `alterations: ${tags.join(", ")}`),
      s("rect", { width: widths[i], height: 14, rx: 3 }),
      s("path", { d: "M4.5 7 6.8 3h4.6l2.3 4-2.3 4H6.8z", transform: "translate(-1.5 0)" }),
      s("text", { x: 14.5, y: 10.5 }, text));
    x += widths[i] + 2;
    return mark;
  });
}

/** Return a name, cut so that it fits into some room beside what follows it. */
function shorten(name, rest, room) {
  const fits = (text) => measure(text + rest, "bold 10.5px") <= room;
  let text = name;
  while (!fits(text) && text.length > 3) text = `${text.replace("…", "").slice(0, -1)}…`;
  return text;
}

/** Return the drugs below a node that they block, block in part, or drive. */
function drawPills(node, drugs) {
  const chip = node.kind === "receptor" && node.group; // chips stand close to each other
  const shown = drugs.slice(0, chip ? 1 : 2);
  const more = drugs.length - shown.length;
  const texts = shown.map(({ drug }, i) => {
    const rest = more && i === shown.length - 1 ? ` +${more}` : "";
    return shorten(drug, rest, chip ? node.width - 8 : 200) + rest;
  });
  const widths = texts.map((text) => measure(text, "bold 10.5px") + (chip ? 19 : 24));
  const total = widths.reduce((a, b) => a + b + 3, -3);
  let x = node.x - total / 2;
  return texts.map((text, i) => {
    const { how } = shown[i];
    const words = drugs.map((d) => `${d.drug} ${d.how === "partly" ? "blocks in part" : d.how}`).join("\n");
    const mark = s("g", { class: `pill ${how}`, "data-at": node.id, transform: `translate(${x} ${node.y + node.height / 2 - 4})` },
      s("title", {}, words),
      s("rect", { width: widths[i], height: 15, rx: 7.5 }),
      s("path", { d: how === "drives" ? "M6 4.5 12 7.5 6 10.5z" : "M5.5 7.5H11M11.5 3.8v7.4",
        transform: chip ? "translate(-1.5 0)" : null }),
      s("text", { x: chip ? 14 : 16, y: 11 }, text));
    x += widths[i] + 3;
    return mark;
  });
}
