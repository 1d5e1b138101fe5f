// Calls to the server this page came from; nothing else is ever asked.

const KEPT = 60;
const answers = new Map();

/** An answer that the server refused, with the nearest names that it knows. */
export class Refusal extends Error {
  constructor(problem, status) {
    super(problem.detail || problem.title || `The server answered ${status}.`);
    this.nearest = problem.nearest || [];
    this.status = status;
  }
}

/** Ask for JSON; answers are kept, so that undo is instant. */
export async function ask(path, { signal, keep = true } = {}) {
  if (answers.has(path)) return answers.get(path);
  const response = await fetch(path, { signal, headers: { Accept: "application/json" } }).catch((error) => {
    if (signal?.aborted) throw error;
    throw new Refusal({ detail: "The server does not answer; is it still running?" }, 0);
  });
  const text = await response.text();
  let body = {};
  try {
    body = JSON.parse(text);
  } catch {
    throw new Refusal({ detail: "The server's answer could not be read." }, response.status);
  }
  if (!response.ok) throw new Refusal(body, response.status);
  if (keep) {
    answers.set(path, body);
    if (answers.size > KEPT) answers.delete(answers.keys().next().value);
  }
  return body;
}

/** Ask the same kind of thing again and again: an older call is given up when a newer one starts. */
export class Latest {
  constructor() {
    this.controller = null;
  }

  async ask(path) {
    this.stop();
    const controller = new AbortController();
    this.controller = controller;
    try {
      return await ask(path, { signal: controller.signal });
    } catch (error) {
      if (controller.signal.aborted) return null;
      throw error;
    }
  }

  stop() {
    this.controller?.abort();
    this.controller = null;
  }
}
