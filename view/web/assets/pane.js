import { make, button } from "./dom.js";
import { before, parent, proven } from "./fold.js";
import { worth, mean } from "./canvas.js";
import { home } from "./layout.js";
import { block, line, share, duration } from "./text.js";

// Pane tells all that is known of one node.
export class Pane {
  constructor(host, { source, go, order }) {
    this.source = source;
    this.go = go;
    this.order = order;
    this.calls = new Map(); // by key, as they come
    this.body = make("div", { class: "pane-body" }, make("p", { class: "hint" }, "Choose a node to read it."));
    host.append(this.body);
    this.node = null;
  }

  // show writes the pane anew where something has changed; a call that is open
  // stays open.
  show(node, tree, steerable) {
    if (!node) return;
    const edge = home(node, new Set(tree.line()));
    const numbers = (e) => `${e.id} ${e.n} ${e.to.q} ${e.to.lo} ${e.to.hi} ${e.order}`;
    const now = [steerable, node.n, node.q, node.lo, node.hi, node.failed, node.own?.mean, node.usage.asked.length, edge?.id, ...node.in.map(numbers), ...node.out.map(numbers)].join();
    if (node === this.node && now === this.said) return;
    this.said = now;
    if (node !== this.node) this.open = new Set();
    this.node = node;
    const scroll = this.body.scrollTop;
    this.body.replaceChildren(...[
      make("h2", {}, edge ? line(edge.action, 80) : "Start"),
      make("pre", { class: "state", tabindex: 0, "aria-label": "state" }, block(node.state)),
      this.#numbers(node, edge),
      node.own?.note ? make("p", { class: "words" }, "Critic: " + line(node.own.note, 400)) : null,
      node.failed ? make("p", { class: "failed" }, "Failed: " + line(node.failed, 400)) : null,
      edge && steerable ? this.#orders(edge) : null,
      this.#steps("Ways here", node.in, (e) => e.from, node.in.length > 1),
      this.#steps("Steps", [...node.out].sort(before), (e) => e.to, node.out.length > 0),
      this.#calls(node),
    ].filter(Boolean));
    this.body.scrollTop = scroll;
  }

  #numbers(node, edge) {
    const list = make("dl", { class: "facts-list" });
    const put = (name, value, title) => list.append(make("div", {}, make("dt", { title }, name), make("dd", {}, value)));
    put("N", String(edge ? edge.n : node.n), "visits of the step");
    put("Q", node.n > 0 || proven(node) ? share(edge ? worth(edge) : mean(node)) : "–", "mean value, for the player who makes the step");
    put("W", node.n > 0 ? (node.n * node.q).toFixed(2) : "–", "total value: visits of the state times its mean value");
    put("P", edge ? share(edge.p) : "–", "prior of the step");
    put("own value", node.own ? (node.own.unknown ? "unknown" : share(node.own.mean)) : "–", "what the critic said");
    put("bounds", proven(node) ? `proven ${share(node.lo)}` : `${share(node.lo)} to ${share(node.hi)}`, "proven bounds of the true value");
    if (node.in.length > 1) put("visits in all", String(node.n), "through all ways that lead here");
    if (node.player || node.in.some((e) => e.from.player !== node.player)) put("to move", node.player ? "second player" : "first player");
    if (node.terminal) put("terminal", `reward ${share(node.reward)}`);
    const u = node.usage;
    if (u.calls || u.hits || u.prompt) {
      put("calls", String(u.calls), "finished model calls it cost");
      put("tokens", `${u.prompt} + ${u.completion}`, "read and made by the model");
      put("cache hits", String(u.hits), "results that cost no call");
    }
    return list;
  }

  #orders(edge) {
    const give = (order) => this.order(order, order === "pin" ? way(edge) : [edge.id]);
    return make("div", { class: "orders", role: "group", "aria-label": "Steer the search" },
      button("Pin", "search here, and along the way to here, first", () => give("pin"), { "aria-pressed": String(edge.order === "pin") }),
      button("Forbid", "never come here again", () => give("forbid"), { "aria-pressed": String(edge.order === "forbid") }),
      edge.order ? button("Free", "as the rule says", () => give("free")) : "",
    );
  }

  #steps(title, edges, other, wanted) {
    if (!wanted) return null;
    const rows = edges.slice(0, 200).map((e) => make("tr", {},
      make("td", {}, make("button", { type: "button", class: "link", click: () => this.go(other(e)) }, line(e.action, 40))),
      make("td", {}, String(e.n)), make("td", {}, e.to.n > 0 || proven(e.to) ? share(worth(e)) : "–"), make("td", {}, share(e.p)),
      make("td", {}, [proven(e.to) && (e.to.lo >= 1 ? "✓" : e.to.hi <= 0 ? "✗" : "="), e.again && "↗", e.order].filter(Boolean).join(" "))));
    return make("section", {},
      make("h3", {}, title + (edges.length > 200 ? ` (200 of ${edges.length})` : "")),
      make("table", { class: "steps" },
        make("thead", {}, make("tr", {}, ...["step", "N", "Q", "P", ""].map((h) => make("th", { scope: "col" }, h)))),
        make("tbody", {}, ...rows)));
  }

  #calls(node) {
    const keys = [...new Set(node.usage.asked)];
    if (keys.length === 0) return null;
    const list = make("div", {});
    const section = make("section", {}, make("h3", {}, `Model calls (${keys.length})`), list);
    const fill = () => {
      const paid = node.usage.calls;
      list.replaceChildren(...keys.map((key, i) => this.#call(key, i, paid >= keys.length ? "" : paid === 0 ? "cache hit" : "")));
    };
    fill();
    const missing = keys.filter((k) => !this.calls.has(k));
    if (missing.length > 0) {
      this.source.calls(missing).then((calls) => {
        for (const k of missing) this.calls.set(k, null); // one that is not kept any more
        for (const c of calls) this.calls.set(c.key, c);
        if (this.node === node) fill();
      }, (err) => list.append(make("p", { class: "failed" }, line(err.message, 300))));
    }
    return section;
  }

  #call(key, i, hit) {
    const c = this.calls.get(key);
    if (c === undefined) return make("p", { class: "hint" }, `call ${i + 1}: loading …`);
    if (c === null) return make("p", { class: "hint" }, `call ${i + 1}: not kept any more (${key.slice(0, 12)})`);
    const about = [line(c.model, 40), `${c.prompt_tokens} + ${c.completion_tokens} tokens`, duration(c.elapsed_ms ?? 0), hit].filter(Boolean).join(", ");
    const details = make("details", { class: "call" }, make("summary", {}, `Call ${i + 1}: ${about}`));
    const part = (name, text) => text && details.append(make("h4", {}, name), make("pre", { tabindex: 0, "aria-label": name }, block(text)));
    part("System", c.system);
    part("Prompt", c.prompt);
    part("Thinking", c.thinking);
    details.append(make("h4", {}, "Reply"), make("pre", { tabindex: 0, "aria-label": "reply" }, block(c.reply) || "(empty)"));
    details.open = this.open.has(key);
    details.addEventListener("toggle", () => (details.open ? this.open.add(key) : this.open.delete(key)));
    return details;
  }
}

// way lists the edges from the root to a step, so that a pin leads there.
function way(edge) {
  const ids = [];
  for (let e = edge; e; e = parent(e.from)) ids.push(e.id);
  return ids.reverse();
}
