// Elements made from text, never from markup: nothing that a person or the server writes is parsed.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** Make an HTML element; `on…` attributes are listeners, children are nodes or text. */
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** Make an SVG element. */
export function s(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** Return the one element with this id. */
export function get(id) {
  return document.getElementById(id);
}

/**
 * Replace all that stands in an element. Whoever was there with the keyboard finds what has the same
 * `data-key`, or else the tab of the list.
 */
export function put(element, ...children) {
  const here = element.contains(document.activeElement) ? document.activeElement : null;
  element.replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined));
  if (!here || here.isConnected) return;
  const key = here.dataset.key && element.querySelector(`[data-key="${CSS.escape(here.dataset.key)}"]`);
  const tab = get(element.closest("[role=tabpanel]")?.getAttribute("aria-labelledby"));
  (key || tab)?.focus({ preventScroll: true });
}

/** Return `count` with its noun, in the plural where it is one. */
export function counted(count, noun) {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

const GLYPHS = { full: "open", attenuated: "attenuated", off: "closed", silent: "silent" };

/** Return what stands for a level: what was off before as well is silent, not closed. */
export function iconOf(level, baseline) {
  return level === "off" && baseline === "off" ? "silent" : level;
}

/** Return the icon of a level: a disc, half a disc, a ring. */
export function levelIcon(level, words = level) {
  const icon = s("svg", { class: `level ${level}`, viewBox: "0 0 12 12", role: "img", "aria-label": words },
    s("title", {}, words),
    s("use", { href: `#icon-${GLYPHS[level]}` }));
  return icon;
}
