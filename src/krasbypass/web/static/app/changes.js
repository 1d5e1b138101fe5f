// What a change of the question opened and closed: one answer held against the one before.

import { PHASES } from "./question.js";

const RANK = { off: 0, attenuated: 1, full: 2 };

/** Say in words how one question became another. */
export function nameChange(before, after) {
  const parts = [];
  if (before.tissue !== after.tissue) parts.push(`tissue ${after.tissue}`);
  for (const key of ["alterations", "drugs", "hypotheses", "clones"]) {
    const added = after[key].filter((entry) => !before[key].includes(entry));
    const gone = before[key].filter((entry) => !after[key].includes(entry));
    if (added.length) parts.push(`+ ${added.join(", ")}`);
    if (gone.length) parts.push(`− ${gone.join(", ")}`);
  }
  return parts.join("; ");
}

/** Return outputs and routes that differ between two answers. */
export function findChanges(before, after) {
  const outputs = [];
  for (const [name, levels] of Object.entries(after.outputs)) {
    const old = before.outputs[name];
    for (const phase of [...PHASES].reverse()) {
      if (old && old[phase] !== levels[phase]) {
        outputs.push({ name, phase, from: old[phase], to: levels[phase] });
        break;
      }
    }
  }
  const [old, now] = [indexRoutes(before), indexRoutes(after)];
  const opened = [...now].filter(([key, r]) => RANK[r.level] > RANK[old.get(key)?.level ?? "off"]);
  const closed = [...old].filter(([key, r]) => RANK[r.level] > RANK[now.get(key)?.level ?? "off"]);
  return { outputs, opened: opened.map(([, r]) => r), closed: closed.map(([, r]) => r) };
}

function indexRoutes(answer) {
  const routes = [...answer.routes, ...answer.residual];
  return new Map(routes.map((route) => [[route.output, ...route.nodes].join(" "), route]));
}

/** Whether a level went up. */
export function isRise({ from, to }) {
  return RANK[to] > RANK[from];
}
