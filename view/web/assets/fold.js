// A search is the fold of its events. Every event can be undone, so that a
// slider goes both ways without the search being told again.

const zero = { simulations: 0, merged: 0, illegal: 0, failed: 0, calls: 0, prompt: 0, completion: 0, hits: 0, transpositions: 0 };

class Tree {
  constructor() {
    this.nodes = new Map();
    this.edges = new Map();
    this.totals = zero;
    this.seq = 0;
    this.start = null;
    this.root = null;
    this.end = null;
    this.undos = [];
  }

  // from makes the tree of a record, to which events may follow.
  static from(record) {
    const t = new Tree();
    t.start = record.start;
    t.seq = record.seq;
    for (const n of record.nodes) {
      t.nodes.set(n.id, {
        player: 0, terminal: false, reward: 0, closed: false, failed: "", own: null, ...n,
        usage: paid(n.usage), out: [], in: [], born: 0,
      });
    }
    for (const e of record.edges) {
      const edge = { again: false, order: "", ...e, from: t.nodes.get(e.from), to: t.nodes.get(e.to) };
      t.edges.set(e.id, edge);
      edge.from.out.push(edge);
      edge.to.in.push(edge);
    }
    t.root = t.nodes.get(record.root);
    t.end = record.end ?? null;
    const s = record.totals;
    t.totals = {
      simulations: s.simulations, merged: s.merged, illegal: s.illegal, failed: s.failed, calls: s.calls,
      prompt: s.prompt_tokens, completion: s.completion_tokens, hits: s.cache_hits, transpositions: s.transpositions,
    };
    return t;
  }

  // apply folds one event.
  apply(e) {
    const undo = { totals: this.totals, end: this.end, root: this.root, changed: [], edges: null, nodes: null };
    const total = { ...this.totals };
    this.undos.push(undo);
    this.seq = e.seq;
    if (e.started) {
      this.start = e.started;
      this.root = this.#add(e.started.root, e.seq);
    } else if (e.grown) {
      this.#grow(e.grown, e.seq, undo, total);
    } else if (e.visited) {
      total.simulations++;
      const n = this.nodes.get(e.visited.leaf);
      this.#pay(n, e.visited.usage, undo, total);
      if (!n.own && !n.terminal && e.visited.value.note !== "transposition") {
        undo.changed.push(n, "own", n.own);
        n.own = e.visited.value;
      }
      this.#assign(e.visited.stats, undo);
    } else if (e.failed) {
      const n = this.nodes.get(e.failed.node);
      this.#pay(n, e.failed.usage, undo, total);
      if (e.failed.reason) {
        total.failed++;
        undo.changed.push(n, "failed", n.failed);
        n.failed = e.failed.reason;
      }
    } else if (e.moved) {
      this.root = this.nodes.get(e.moved.root);
      this.end = null;
      this.#assign(e.moved.stats, undo);
    } else if (e.steered) {
      for (const id of e.steered.edges) {
        const edge = this.edges.get(id);
        undo.changed.push(edge, "order", edge.order);
        edge.order = e.steered.order === "free" ? "" : e.steered.order;
      }
    } else if (e.resumed) {
      this.end = null;
    } else if (e.earlier) {
      total.simulations += e.earlier.simulations;
      total.merged += e.earlier.merged;
      total.illegal += e.earlier.illegal;
      total.failed += e.earlier.failed;
      spend(total, e.earlier.usage);
    } else if (e.ended) {
      this.end = e.ended;
    }
    this.totals = total;
  }

  // undo takes back the event that was applied last.
  undo() {
    const undo = this.undos.pop();
    for (let i = undo.changed.length - 3; i >= 0; i -= 3) undo.changed[i][undo.changed[i + 1]] = undo.changed[i + 2];
    for (const edge of undo.edges ?? []) {
      edge.from.out.pop();
      edge.to.in.pop();
      this.edges.delete(edge.id);
    }
    for (const id of undo.nodes ?? []) this.nodes.delete(id);
    this.totals = undo.totals;
    this.end = undo.end;
    this.root = undo.root;
    this.seq--;
    if (this.undos.length === 0 && this.seq === 0) {
      this.nodes.clear();
      this.start = null;
    }
  }

  #add(n, seq) {
    const node = {
      id: n.id, state: n.state, player: n.player ?? 0, terminal: !!n.terminal, reward: n.reward ?? 0, n: 0, q: 0,
      lo: n.terminal ? n.reward ?? 0 : 0, hi: n.terminal ? n.reward ?? 0 : 1, closed: false, failed: "", own: null,
      usage: paid(), out: [], in: [], born: seq,
    };
    this.nodes.set(n.id, node);
    return node;
  }

  #grow(g, seq, undo, total) {
    undo.nodes = (g.new ?? []).map((n) => this.#add(n, seq).id);
    const fresh = new Set(undo.nodes);
    const from = this.nodes.get(g.node);
    undo.edges = [];
    for (const e of g.edges) {
      const to = this.nodes.get(e.child);
      const again = !fresh.delete(e.child);
      if (again) total.transpositions++;
      const edge = { id: e.id, from, to, action: e.action, p: e.prior, n: 0, again, order: "" };
      this.edges.set(e.id, edge);
      from.out.push(edge);
      to.in.push(edge);
      undo.edges.push(edge);
    }
    undo.edges.reverse();
    if (g.closed && !from.closed) {
      undo.changed.push(from, "closed", false);
      from.closed = true;
    }
    total.merged += g.merged;
    total.illegal += g.illegal;
    this.#pay(from, g.usage, undo, total);
    this.#assign(g.stats, undo);
  }

  #pay(node, usage, undo, total) {
    if (!usage) return;
    spend(total, usage);
    undo.changed.push(node, "usage", node.usage);
    const u = paid(usage);
    node.usage = {
      calls: node.usage.calls + u.calls, prompt: node.usage.prompt + u.prompt, completion: node.usage.completion + u.completion,
      hits: node.usage.hits + u.hits, asked: [...node.usage.asked, ...u.asked],
    };
  }

  #assign(stats, undo) {
    const log = undo.changed;
    for (const s of stats?.nodes ?? []) {
      const n = this.nodes.get(s.id);
      log.push(n, "n", n.n, n, "q", n.q, n, "lo", n.lo, n, "hi", n.hi);
      n.n = s.n;
      n.q = s.q;
      n.lo = s.lo;
      n.hi = s.hi;
    }
    for (const s of stats?.edges ?? []) {
      const e = this.edges.get(s.id);
      log.push(e, "n", e.n);
      e.n = s.n;
      if (s.p) {
        log.push(e, "p", e.p);
        e.p = s.p;
      }
    }
  }

  // line is the principal variation, as edges from the root.
  line() {
    if (this.end) return this.end.line.map((id) => this.edges.get(id)).filter(Boolean);
    const line = [];
    const seen = new Set();
    for (let node = this.root; node && !seen.has(node); ) {
      seen.add(node);
      const best = first(node.out.filter((e) => e.n > 0));
      if (!best) break;
      line.push(best);
      node = best.to;
    }
    return line;
  }

  // best is the mean value after the most visited first step.
  best() {
    const e = this.end ? this.line()[0] : first((this.root?.out ?? []).filter((e) => e.n > 0));
    return e ? e.to.q : NaN;
  }
}

function paid(u) {
  return { calls: u?.calls ?? 0, prompt: u?.prompt_tokens ?? 0, completion: u?.completion_tokens ?? 0, hits: u?.cache_hits ?? 0, asked: u?.asked ?? [] };
}

function spend(total, u) {
  total.calls += u?.calls ?? 0;
  total.prompt += u?.prompt_tokens ?? 0;
  total.completion += u?.completion_tokens ?? 0;
  total.hits += u?.cache_hits ?? 0;
}

export const proven = (n) => n.lo >= n.hi;

// before orders edges by visits, then by prior; equals keep their order.
export function before(a, b) {
  return b.n - a.n || b.p - a.p;
}

// leads: what is forbidden comes last.
function leads(a, b) {
  const no = a.order === "forbid";
  return no !== (b.order === "forbid") ? !no : before(a, b) < 0;
}

function first(edges) {
  let best = null;
  for (const e of edges) if (!best || leads(e, best)) best = e;
  return best;
}

// parent is the edge through which a node came into the tree.
export function parent(node) {
  return node.in.find((e) => !e.again) ?? null;
}

// History is a tree with the events that made it, at any moment of them.
export class History {
  constructor(record = null) {
    this.tree = record ? Tree.from(record) : new Tree();
    this.base = this.tree.seq; // what came before can't be undone
    this.events = [];
    this.series = []; // one point an event
    if (record) this.#note(this.tree, undefined);
  }

  get last() {
    return this.base + this.events.length;
  }

  get at() {
    return this.tree.seq;
  }

  // push adds events that follow; at the end the tree follows too.
  push(events) {
    const follow = this.at === this.last;
    for (const e of events) {
      if (e.seq === this.last + 1) this.events.push(e);
    }
    if (follow) this.seek(this.last);
  }

  seek(seq) {
    seq = Math.max(this.base, Math.min(seq, this.last));
    if (this.base === 0 && this.last > 0) seq = Math.max(1, seq);
    while (this.tree.seq > seq) this.tree.undo();
    while (this.tree.seq < seq) {
      const e = this.events[this.tree.seq - this.base];
      this.tree.apply(e);
      if (this.tree.seq > (this.series.at(-1)?.seq ?? -1)) this.#note(this.tree, e.at);
    }
  }

  #note(t, at) {
    const s = t.totals;
    this.series.push({
      seq: t.seq, at, simulations: s.simulations, calls: s.calls, tokens: s.prompt + s.completion, best: t.best(),
      solved: t.root ? t.root.lo >= 1 : false, nodes: t.nodes.size,
    });
  }
}
