// Where a run comes from: a server that tells it live, or the page itself.

export class Served {
  constructor(id) {
    this.id = id;
    this.path = "api/runs/" + encodeURIComponent(id);
  }

  row() {
    return ask(this.path);
  }

  tree() {
    return ask(this.path + "/tree");
  }

  // events reads those after a number, in pieces.
  async events(after, take) {
    const piece = 10000;
    for (;;) {
      const text = await (await request(`${this.path}/events?after=${after}&limit=${piece}`)).text();
      const batch = text.split("\n").filter(Boolean).map((l) => JSON.parse(l));
      if (batch.length > 0) {
        take(batch);
        after = batch.at(-1).seq;
      }
      if (batch.length < piece) return;
    }
  }

  // stream follows the run after an event; it returns a way to end that.
  stream(after, on) {
    const events = new EventSource(`${this.path}/stream?after=${after}`);
    for (const name of ["events", "snapshot", "doing", "state", "end"]) {
      events.addEventListener(name, (e) => on[name]?.(e.data ? JSON.parse(e.data) : null));
    }
    events.addEventListener("end", () => events.close());
    events.addEventListener("error", () => on.error?.(events.readyState === EventSource.CLOSED));
    return () => events.close();
  }

  calls(keys) {
    const parts = [];
    for (let i = 0; i < keys.length; i += 50) parts.push(ask("api/calls?keys=" + keys.slice(i, i + 50).join(",")));
    return Promise.all(parts).then((p) => p.flat());
  }

  order(order, edges = []) {
    return post(this.path + "/orders", { order, edges });
  }
}

// Embedded is a run that is part of the page. Its events and model calls are
// unpacked when somebody asks for them.
export class Embedded {
  constructor({ row, tree }) {
    this.about = row;
    this.record = tree;
    this.id = row.run;
    this.static = true;
  }

  async row() {
    return this.about;
  }

  async tree() {
    return this.record;
  }

  async events(after, take) {
    take((await this.#rest()).events.filter((e) => e.seq > after));
  }

  stream() {
    return () => {};
  }

  async calls(keys) {
    const wanted = new Set(keys);
    return ((await this.#rest()).calls ?? []).filter((c) => wanted.has(c.key));
  }

  #rest() {
    this.rest ??= unpack(document.getElementById("ponder-events")).then(JSON.parse);
    return this.rest;
  }
}

// unpack reads compressed text out of an element.
export async function unpack(element) {
  const text = atob(element.textContent.trim());
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
}

async function request(path, options = {}) {
  const reply = await fetch(path, { credentials: "same-origin", ...options });
  if (!reply.ok) {
    const body = await reply.json().catch(() => ({}));
    throw new Error(body.error ?? `${reply.status} ${reply.statusText}`);
  }
  return reply;
}

export async function ask(path) {
  return (await request(path)).json();
}

export async function post(path, body) {
  const token = document.querySelector('meta[name="ponder-token"]')?.content ?? "";
  const reply = await request(path, { method: "POST", headers: { "Content-Type": "application/json", "X-Ponder-Token": token }, body: JSON.stringify(body) });
  return reply.status === 204 ? null : reply.json();
}
