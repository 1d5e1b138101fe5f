// Where everything stands: the shipped layout, and the slots that alleles take in their family.

/** Return the curves of a way through points: upright at each, so that it slips between nodes. */
function curves(points) {
  return points.slice(1).map(([x1, y1], i) => {
    const [x0, y0] = points[i];
    const half = (y0 + y1) / 2;
    return [[x0, y0], [x0, round(half)], [x1, round(half)], [x1, y1]];
  });
}

/** Return a path through points. */
export function curve(points) {
  const parts = curves(points).map(([from, out, into, to]) => (Math.abs(to[1] - from[1]) < 2
    ? `L${to.join(" ")}` : `C${[out, into, to].flat().join(" ")}`));
  return `M${points[0].join(" ")}${parts.join("")}`;
}

/** Return the middle of a path through points. */
export function middle(points) {
  const all = curves(points);
  const [from, out, into, to] = all[Math.floor((all.length - 1) / 2)];
  return [0, 1].map((i) => round((from[i] + 3 * out[i] + 3 * into[i] + to[i]) / 8));
}

function round(value) {
  return Math.round(value * 10) / 10;
}

export class Places {
  constructor(layout) {
    this.layout = layout;
    this.nodes = new Map(layout.nodes.map((node) => [node.id, node]));
    this.groups = new Map(layout.groups.map((group) => [group.id, group]));
    this.edges = layout.edges.map((edge) => ({ ...edge, id: `${edge.source}>${edge.target}` }));
    this.known = new Map(this.edges.map((edge) => [edge.id, edge]));
    this.ports = findPorts(this.nodes, this.edges.filter((edge) => this.isFixed(edge)));
  }

  /** Whether an edge lies where it lies whatever is asked: neither end is an allele, none bundled. */
  isFixed(edge) {
    return !edge.bundle && edge.kind === "driver"
      && [edge.source, edge.target].every((id) => !this.isSlotted(this.nodes.get(id)));
  }

  /** Return the nodes to draw: those of the layout, alleles in their slots, what only this asks. */
  arrange(picture, question) {
    const extra = picture.extra.map((node) => ({
      ...node, core: false, group: this.groups.has(node.group) ? node.group : "elsewhere",
    }));
    const known = [...this.nodes.values(), ...extra];
    const placed = new Map();
    for (const node of known) if (!this.isSlotted(node)) placed.set(node.id, node);
    for (const group of this.groups.values()) {
      if (group.kind !== "family") continue;
      const shown = known.filter((node) => node.group === group.id && this.isSlotted(node)
        && node.id in picture.nodes);
      this.fill(group, shown, picture, question, placed);
    }
    return placed;
  }

  /** Whether a node takes a slot of its family only when a question brings it in. */
  isSlotted(node) {
    return this.groups.get(node.group)?.kind === "family" && node.label !== "wild type";
  }

  /** Put nodes into the slots of their family, in the order of the question. */
  fill(group, shown, picture, question, placed) {
    const hasWild = [...placed.values()].some((node) => node.group === group.id);
    const slots = group.slots.slice(hasWild ? 1 : 0);
    const order = (node) => {
      const at = (picture.tags[node.id] ?? []).map((tag) => question.alterations.indexOf(tag));
      const found = at.filter((i) => i >= 0);
      return found.length ? Math.min(...found) : 99;
    };
    shown.sort((a, b) => order(a) - order(b) || a.id.localeCompare(b.id));
    const folds = shown.length > slots.length;
    const single = folds ? shown.slice(0, slots.length - 1) : shown;
    single.forEach((node, i) => placed.set(node.id, this.inSlot(node, slots[i])));
    if (!folds || !slots.length) return;
    const rest = shown.slice(slots.length - 1);
    placed.set(`fold:${group.id}`, this.inSlot({
      id: `fold:${group.id}`, label: `${rest.length} others`, kind: "state", group: group.id,
      title: rest.map((node) => node.label).join(", "), core: false, folded: rest.map((node) => node.id),
    }, slots.at(-1)));
  }

  inSlot(node, [x, y]) {
    return { ...node, x, y, width: 88, height: 22 };
  }

  /** Return the points of an edge between placed nodes. */
  route(edge, from, to) {
    const known = this.known.get(edge.id);
    const [out, into] = this.ports.get(edge.id) ?? [0, 0];
    if (Math.abs(from.y - to.y) < 16 && !(known?.points ?? []).length) {
      const right = to.x > from.x;
      const gap = Math.abs(to.x - from.x) - (from.width + to.width) / 2;
      if (gap < 70) {
        return [[from.x + (from.width / 2) * (right ? 1 : -1), from.y],
          [to.x - (to.width / 2) * (right ? 1 : -1), to.y]];
      }
      const low = Math.max(from.y + from.height / 2, to.y + to.height / 2);
      return [[from.x + out, from.y + from.height / 2], [(from.x + to.x) / 2, low + 16],
        [to.x + into, to.y + to.height / 2]];
    }
    const down = to.y >= from.y ? 1 : -1;
    const points = known && !known.bundle ? known.points : this.passBands(from, to);
    return [[from.x + out, from.y + (from.height / 2) * down], ...points,
      [to.x + into, to.y - (to.height / 2) * down]];
  }

  /** Return the points at which an edge that was given no way passes bands: between two columns. */
  passBands(from, to) {
    const bands = [...this.groups.values()].filter((group) => {
      const [top, bottom] = [group.y - group.height / 2, group.y + group.height / 2];
      return group.kind === "band" && ![from.group, to.group].includes(group.id)
        && Math.min(from.y, to.y) < top && Math.max(from.y, to.y) > bottom;
    });
    const points = bands.flatMap((group) => {
      const columns = [...new Set(group.slots.map(([x]) => x))].sort((a, b) => a - b);
      const gaps = columns.slice(1).map((x, i) => round((x + columns[i]) / 2));
      const x = gaps.reduce((a, b) => (Math.abs(b - to.x) < Math.abs(a - to.x) ? b : a), gaps[0] ?? to.x);
      return [-1, 1].map((side) => [x, group.y + (side * group.height) / 2]);
    });
    return points.sort((a, b) => (a[1] - b[1]) * (to.y - from.y));
  }

  /** Return the points of what a whole band gives to a node. */
  routeBand(group, to) {
    const x = Math.max(group.x - group.width / 2 + 30, Math.min(group.x + group.width / 2 - 30, to.x));
    return [[x, group.y + group.height / 2], [to.x, to.y - to.height / 2]];
  }
}

/** Spread the ends of edges along their nodes, in the order of where they come from or go. */
function findPorts(nodes, edges) {
  const ports = new Map(edges.map((edge) => [edge.id, [0, 0]]));
  const sides = [["source", 0, (e) => e.points[0]?.[0] ?? nodes.get(e.target).x],
    ["target", 1, (e) => e.points.at(-1)?.[0] ?? nodes.get(e.source).x]];
  for (const [end, index, towards] of sides) {
    const groups = Map.groupBy
      ? Map.groupBy(edges, (edge) => edge[end])
      : edges.reduce((m, e) => m.set(e[end], [...(m.get(e[end]) ?? []), e]), new Map());
    for (const [id, list] of groups) {
      const step = Math.min(11, (nodes.get(id).width * 0.66) / list.length);
      list.sort((a, b) => towards(a) - towards(b));
      list.forEach((edge, i) => {
        ports.get(edge.id)[index] = round((i - (list.length - 1) / 2) * step);
      });
    }
  }
  return ports;
}
