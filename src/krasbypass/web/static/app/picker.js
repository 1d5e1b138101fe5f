// A field in which one searches as one types, and the choices made in it (an ARIA combobox).

import { h, put } from "./dom.js";

const [SHOWN, FEW] = [80, 4];
let number = 0;

/** Return a text as it is compared: lower case, no spaces or punctuation. */
export function plain(text) {
  return text.toLowerCase().normalize("NFKD").replace(/[^a-z0-9α-ω+*]/g, "");
}

/** Return the options that fit `text`, best first: same, begins with, holds; name before synonym. */
export function findOptions(options, text) {
  const wanted = plain(text);
  if (!wanted) return options.map((option) => ({ option, via: "" }));
  const found = [];
  for (const option of options) {
    let best = 9;
    let via = "";
    option.keys.forEach((key, i) => {
      const at = key === wanted ? 0 : key.startsWith(wanted) ? 2 : key.includes(wanted) ? 4 : 9;
      const rank = at + (i && at < 9 ? 1 : 0);
      if (rank < best) {
        best = rank;
        via = i ? option.names[i - 1] : "";
        if (via === option.group) via = "";
      }
    });
    if (best < 9) found.push({ option, via, best });
  }
  return found.sort((a, b) => a.best - b.best || a.option.rank - b.option.rank);
}

/** Make an option of a picker; `names` are all other ways to write it. */
export function makeOption(value, { names = [], group = "", note = "", rank = 0 } = {}) {
  return { value, names, group, note, rank, keys: [value, ...names].map(plain) };
}

export class Picker {
  /** `host` is the field's box; `change` is told of the new list of values. */
  constructor(host, { label, placeholder, single = false, noun, change }) {
    this.single = single;
    this.noun = noun;
    this.change = change;
    this.options = [];
    this.values = [];
    this.active = -1;
    const id = `picker-${(number += 1)}`;
    this.list = h("div", { class: "list", role: "listbox", id: `${id}-list`, "aria-label": label });
    this.list.hidden = true;
    this.input = h("input", {
      id, type: "text", role: "combobox", autocomplete: "off", spellcheck: "false", placeholder,
      "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": `${id}-list`,
      oninput: () => this.open(), onfocus: () => this.single && this.input.select(),
      onclick: () => this.open(), onkeydown: (event) => this.press(event), onblur: () => this.leave(),
    });
    this.tokens = h("ul", { class: "tokens", "aria-label": `chosen ${noun}s` });
    const field = h("div", { class: "field", onclick: (e) => e.target === field && this.input.focus() },
      this.tokens, this.input);
    host.append(h("label", { for: id }, label), field, this.list);
    this.host = host;
    [this.label, this.placeholder] = [label, placeholder];
    if (single) this.tokens.hidden = true;
  }

  /** Show what is chosen. */
  show(values) {
    this.values = [...values];
    if (this.single) {
      this.input.value = this.values[0] ?? "";
      return;
    }
    put(this.tokens, this.values.map((value) => h("li", {},
      h("span", {}, value),
      h("button", {
        type: "button", "aria-label": `remove ${value}`, title: `remove ${value}`,
        onclick: () => this.remove(value),
      }, "×"))));
    this.input.placeholder = values.length ? "add another" : this.placeholder;
    const count = values.length > FEW ? ` (${values.length})` : "";
    this.host.querySelector("label").textContent = this.label + count; // some may be out of sight
  }

  /** Return the names that are most like an entry that is not known. */
  suggest(text) {
    return findOptions(this.options, text).slice(0, FEW).map(({ option }) => option.value);
  }

  remove(value) {
    const at = this.values.indexOf(value);
    this.change(this.values.filter((other) => other !== value));
    const buttons = this.tokens.querySelectorAll("button");
    (buttons[Math.min(at, buttons.length - 1)] ?? this.input).focus();
  }

  choose(value) {
    this.close();
    this.input.value = "";
    if (this.single) this.change([value]);
    else if (!this.values.includes(value)) this.change([...this.values, value]);
    if (this.single) this.input.value = this.values[0] ?? value;
  }

  /** With nothing typed, offer the groups; one of them searches for its members. */
  openGroups() {
    const sizes = new Map();
    for (const { group, value } of this.options) {
      if (group && !this.values.includes(value)) sizes.set(group, (sizes.get(group) ?? 0) + 1);
    }
    const groups = [...sizes].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
    this.shown = [];
    put(this.list, groups.map(([group, size]) => {
      const row = this.addRow(h("div", {}, h("b", {}, group), h("small", {}, `${size}`)), () => {
        this.input.value = group;
        this.input.focus();
        this.open();
      });
      return row;
    }));
    this.unfold();
    this.mark(-1);
  }

  addRow(row, pick, chosen = false) {
    const attributes = {
      role: "option", id: `${this.list.id}-${this.shown.length}`, class: "option", "aria-selected": String(chosen),
    };
    for (const [name, value] of Object.entries(attributes)) row.setAttribute(name, value);
    row.addEventListener("pointerdown", (event) => event.preventDefault());
    row.addEventListener("click", pick);
    this.shown.push({ row, pick });
    return row;
  }

  unfold() {
    this.list.hidden = false;
    this.list.scrollTop = 0;
    this.input.setAttribute("aria-expanded", "true");
  }

  open() {
    const typed = this.single && this.input.value === this.values[0] ? "" : this.input.value;
    if (!typed.trim() && !this.single) {
      this.openGroups();
      return;
    }
    const found = findOptions(this.options, typed).filter(
      ({ option }) => this.single || !this.values.includes(option.value),
    );
    const groups = new Map();
    for (const hit of found.slice(0, SHOWN)) {
      if (!groups.has(hit.option.group)) groups.set(hit.option.group, []);
      groups.get(hit.option.group).push(hit);
    }
    this.shown = [];
    const parts = [...groups].map(([group, hits]) => {
      const rows = hits.map((hit) => this.row(hit));
      if (!group) return rows;
      return h("div", { role: "group", "aria-label": group },
        h("div", { class: "group", "aria-hidden": "true" }, group), rows);
    });
    const more = found.length - SHOWN;
    if (more > 0) parts.push(h("p", { class: "more" }, `${more} more: type to narrow`));
    if (!found.length) {
      parts.push(h("p", { class: "more" },
        typed.trim() ? `No ${this.noun} of this name. Enter asks for it as typed.` : "Nothing left."));
    }
    put(this.list, parts.flat());
    this.unfold();
    this.mark(typed.trim() && this.shown.length ? 0 : -1);
  }

  row({ option, via }) {
    const row = h("div", {}, h("b", {}, option.value), via ? h("i", {}, via) : null,
      option.note ? h("small", {}, option.note) : null);
    const chosen = this.single && this.values[0] === option.value;
    return this.addRow(row, () => this.choose(option.value), chosen);
  }

  mark(at) {
    this.shown[this.active]?.row.classList.remove("active");
    this.active = at;
    const entry = this.shown[at];
    if (entry) {
      entry.row.classList.add("active");
      entry.row.scrollIntoView({ block: "nearest" });
      this.input.setAttribute("aria-activedescendant", entry.row.id);
    } else {
      this.input.removeAttribute("aria-activedescendant");
    }
  }

  press(event) {
    const { key } = event;
    if (key === "ArrowDown" || key === "ArrowUp") {
      event.preventDefault();
      if (this.list.hidden) return this.open();
      const size = this.shown.length;
      const step = key === "ArrowDown" ? 1 : -1;
      return size && this.mark((this.active + step + size) % size);
    }
    if (key === "Enter") {
      event.preventDefault();
      const text = this.input.value.trim();
      if (!this.list.hidden && this.active >= 0) this.shown[this.active].pick();
      else if (text && !(this.single && text === this.values[0])) this.choose(text);
    } else if (key === "Escape") {
      this.close();
      if (this.single) this.input.value = this.values[0] ?? "";
    } else if (key === "Backspace" && !this.input.value && !this.single && this.values.length) {
      this.change(this.values.slice(0, -1));
    }
    return undefined;
  }

  leave() {
    this.close();
    if (this.single) this.input.value = this.values[0] ?? "";
  }

  close() {
    this.list.hidden = true;
    this.active = -1;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }
}
