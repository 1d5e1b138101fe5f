// The question: what is asked, how it stands in the address, and the steps back and forth.

export const PHASES = ["baseline", "acute", "adapted"];
export const TARGETS = ["suppress", "close"];
const LISTS = { alterations: "alteration", drugs: "drug", clones: "clone", hypotheses: "hypothesis" };

/** The question before anything is chosen. */
export const EMPTY = Object.freeze({
  tissue: "any", alterations: [], drugs: [], clones: [], hypotheses: [],
  phase: "adapted", output: "", target: "",
});

/** Read a question from the part of the address behind the #. */
export function readAddress(hash) {
  const parameters = new URLSearchParams(hash.replace(/^#/, ""));
  const question = { ...EMPTY, tissue: parameters.get("tissue") || EMPTY.tissue };
  for (const [key, name] of Object.entries(LISTS)) question[key] = [...new Set(parameters.getAll(name))];
  const phase = parameters.get("phase");
  if (PHASES.includes(phase)) question.phase = phase;
  question.output = parameters.get("output") ?? "";
  if (TARGETS.includes(parameters.get("target"))) question.target = parameters.get("target");
  return question;
}

function write(pairs) {
  return new URLSearchParams(pairs).toString().replaceAll("%3A", ":").replaceAll("%2C", ",");
}

/** Write what the server is asked: all but the phase and the output, which the page itself picks. */
export function writeQuery(question) {
  const lists = Object.entries(LISTS);
  return write([["tissue", question.tissue],
    ...lists.flatMap(([key, name]) => question[key].map((entry) => [name, entry]))]);
}

/** Write the output and the target that advice is asked for, each with an & before it, if chosen. */
export function writeAim({ output, target }) {
  const chosen = Object.entries({ output, target }).filter(([, value]) => value);
  return chosen.length ? `&${write(chosen)}` : "";
}

/** Write the part of the address behind the #. */
export function writeAddress(question) {
  return `#${writeQuery(question)}&phase=${question.phase}${writeAim(question)}`;
}

/** Whether anything but the tissue is chosen. */
export function isEmpty(question) {
  return !question.alterations.length && !question.drugs.length && !question.clones.length;
}

/** A list of questions with a place in it; listeners hear of each move. */
export class History {
  constructor(first, listener) {
    this.steps = [first];
    this.at = 0;
    this.listener = listener;
  }

  get now() {
    return this.steps[this.at];
  }

  get canUndo() {
    return this.at > 0;
  }

  get canRedo() {
    return this.at < this.steps.length - 1;
  }

  /** Ask anew: `changes` are the parts of the question that differ. */
  go(changes) {
    const next = { ...this.now, ...changes };
    if (writeAddress(next) === writeAddress(this.now)) return;
    const onlyView = writeQuery(next) === writeQuery(this.now);
    if (onlyView) this.steps[this.at] = next;
    else this.steps = [...this.steps.slice(0, this.at + 1), next];
    this.at = onlyView ? this.at : this.at + 1;
    this.tell(onlyView ? "replaceState" : "pushState");
  }

  /** Step back (-1) or forth (1). */
  move(by) {
    const at = this.at + by;
    if (at < 0 || at >= this.steps.length) return;
    this.at = at;
    this.tell("pushState");
  }

  /** Take over what the address says, after a link or the browser's own buttons. */
  follow(hash) {
    const next = readAddress(hash);
    if (writeAddress(next) === writeAddress(this.now)) return;
    this.steps = [...this.steps.slice(0, this.at + 1), next];
    this.at += 1;
    this.listener(this.now);
  }

  tell(how) {
    history[how](null, "", writeAddress(this.now));
    this.listener(this.now);
  }
}
