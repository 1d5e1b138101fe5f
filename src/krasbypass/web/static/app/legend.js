// What colours, lines and marks mean: drawn with the same rules as the picture.

import { h, put, s } from "./dom.js";

const STATES = [
  ["open", "open"],
  ["attenuated", "attenuated"],
  ["closed", "closed"],
  ["silent", "silent"],
];

function sample(state) {
  return s("svg", { class: "picture sample", viewBox: "0 0 60 18", "aria-hidden": "true" },
    s("g", { class: `node activity ${state} touched` },
      s("rect", { x: 1, y: 2, width: 22, height: 14, rx: 4 }), s("use", { href: `#icon-${state}`, x: 12, y: 9 })),
    s("g", { class: `edge driver ${state}` },
      s("path", { class: "line", d: "M26 9H56", "marker-end": `url(#arrow-${state})` }),
      s("use", { href: state === "closed" ? "#cross" : "#nothing", x: 41, y: 9 })));
}

function mark(kind, path, text) {
  return s("svg", { class: "picture sample", viewBox: "0 0 60 18", "aria-hidden": "true" },
    s("g", { class: kind, transform: "translate(2 2)" }, s("rect", { width: 56, height: 15, rx: kind === "tag" ? 3 : 7.5 }),
      s("path", { d: path }), s("text", { x: 16, y: 11 }, text)));
}

/** Fill the legend. */
export function drawLegend(host) {
  const condition = s("svg", { class: "picture sample", viewBox: "0 0 60 18", "aria-hidden": "true" },
    s("g", { class: "edge condition open" }, s("path", { class: "line", d: "M6 9H56", "marker-end": "url(#arrow-condition)" })));
  const entries = [
    ...STATES.map(([state, words]) => [sample(state), words]),
    [condition, "needed"],
    [mark("pill blocks", "M5.5 7.5H11M11.5 3.8v7.4", "drug"), "blocks (dashed: in part)"],
    [mark("tag", "M3 7 5.3 3h4.6l2.3 4-2.3 4H5.3z", "change"), "alteration"],
  ];
  put(host, entries.map(([picture, words]) => h("span", { class: "entry" }, picture, words)));
}
