import { make, button, say } from "./dom.js";
import { ask, post } from "./source.js";
import { line, number, share, duration } from "./text.js";

const columns = [
  ["run", "Run"], ["status", "Status"], ["problem", "Problem"], ["strategy", "Strategy"], ["model", "Model"], ["value", "Best"],
  ["simulations", "Simulations"], ["calls", "Calls"], ["tokens", "Tokens"], ["elapsed_ms", "Time"], ["began", "Began"],
];

// RunList shows all runs, live, and starts new ones.
export class RunList {
  constructor({ open, compare }) {
    this.open = open;
    this.compare = compare;
    this.rows = new Map();
    this.chosen = new Set();
    this.sort = { by: "began", down: true };
    this.filter = make("input", { type: "search", placeholder: "filter: problem, model, status …", "aria-label": "filter runs", input: () => this.#draw() });
    this.compareButton = button("Compare", "compare the two chosen runs side by side", () => this.compare([...this.chosen]), { disabled: true });
    this.table = make("tbody");
    this.costs = make("tbody");
    this.empty = make("p", { class: "hint" }, "No runs yet. Start one below, or with: ponder solve game24 \"4 7 8 8\"");
    this.note = make("p", { class: "note", role: "status" });
    this.heads = make("tr", {}, make("th", {}, ""), ...columns.map(([name, title]) => make("th", { scope: "col" },
      make("button", { type: "button", class: "link", "data-sort": name, click: () => this.#order(name) }, title))));
    this.element = make("section", { class: "runs" },
      make("div", { class: "bar" }, this.filter, this.compareButton), this.note,
      make("div", { class: "scroll" }, make("table", { class: "list" }, make("thead", {}, this.heads), this.table)), this.empty,
      make("div", { class: "below" }, this.#starter(),
        make("section", { class: "costs" }, make("h2", {}, "Cost per solved"),
          make("table", {}, make("thead", {}, make("tr", {}, ...["strategy", "model", "runs", "solved", "calls per solved", "tokens per solved"].map((h) => make("th", { scope: "col" }, h)))), this.costs))));
  }

  load() {
    this.events = new EventSource("api/runs/stream");
    this.events.addEventListener("runs", (e) => {
      for (const r of JSON.parse(e.data)) {
        if (r.gone) this.rows.delete(r.run);
        else this.rows.set(r.run, r);
      }
      this.#draw();
    });
    this.events.addEventListener("error", () => say(this.note, "connection lost, trying again …"));
    this.events.addEventListener("open", () => say(this.note, ""));
  }

  close() {
    this.events?.close();
  }

  #order(by) {
    this.sort = { by, down: this.sort.by === by ? !this.sort.down : by !== "problem" };
    this.#draw();
  }

  #draw() {
    const words = this.filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    const rows = [...this.rows.values()].filter((r) => {
      const text = [r.run, r.status, r.reason, r.env, r.problem, r.strategy, r.model, r.verified && "verified"].join(" ").toLowerCase();
      return words.every((w) => text.includes(w));
    });
    const { by, down } = this.sort;
    rows.sort((a, b) => (a[by] < b[by] ? -1 : a[by] > b[by] ? 1 : 0) * (down ? -1 : 1));
    this.empty.hidden = this.rows.size > 0;
    const focus = document.activeElement?.getAttribute?.("data-run");
    this.table.replaceChildren(...rows.slice(0, 500).map((r) => this.#row(r)));
    if (focus) this.table.querySelector(`[data-run="${CSS.escape(focus)}"]`)?.focus();
    this.#cost(rows);
  }

  #row(r) {
    const status = r.verified ? "verified" : r.status;
    const check = make("input", { type: "checkbox", "aria-label": "choose run " + r.run, change: () => this.#choose(r.run, check.checked) });
    check.checked = this.chosen.has(r.run);
    const cell = (text, attributes = {}) => make("td", attributes, text);
    return make("tr", {},
      make("td", {}, check),
      make("td", {}, make("a", { href: "#/run/" + encodeURIComponent(r.run), "data-run": r.run }, line(r.run, 14))),
      make("td", {}, make("span", { class: "status " + status, title: line(r.reason ?? "", 80) }, status)),
      cell(line(`${r.env} ${r.problem}`, 60), { class: "problem" }), cell(line(r.strategy, 12)), cell(line(r.model, 28)), cell(share(r.value), { class: "n" }),
      cell(number(r.simulations), { class: "n" }), cell(number(r.calls), { class: "n" }), cell(number(r.tokens), { class: "n" }),
      cell(duration(r.elapsed_ms), { class: "n" }), cell(new Date(r.began).toLocaleString()));
  }

  #choose(run, on) {
    if (on) this.chosen.add(run);
    else this.chosen.delete(run);
    while (this.chosen.size > 2) this.chosen.delete(this.chosen.values().next().value);
    this.compareButton.disabled = this.chosen.size !== 2;
    this.#draw();
  }

  #cost(rows) {
    const groups = new Map();
    for (const r of rows) {
      const key = r.strategy + "\u0000" + r.model;
      const g = groups.get(key) ?? { strategy: r.strategy, model: r.model, runs: 0, solved: 0, calls: 0, tokens: 0 };
      g.runs++;
      g.solved += r.verified ? 1 : 0;
      g.calls += r.calls;
      g.tokens += r.tokens;
      groups.set(key, g);
    }
    const per = (sum, g) => (g.solved > 0 ? (sum / g.solved).toFixed(1) : "–");
    this.costs.replaceChildren(...[...groups.values()].map((g) => make("tr", {},
      ...[line(g.strategy, 12), line(g.model, 28), g.runs, g.solved, per(g.calls, g), per(g.tokens, g)].map((v) => make("td", {}, String(v))))));
  }

  // #starter is the form that begins a search, where the server can do that.
  #starter() {
    const section = make("section", { class: "starter", hidden: true }, make("h2", {}, "New search"));
    ask("api/choices").then((c) => {
      const pick = (name, values, chosen) => make("select", { name, "aria-label": name }, ...values.map((v) => make("option", { value: v, selected: v === chosen }, v)));
      const field = (title, el) => make("label", {}, title, el);
      const input = (name, value, attributes = {}) => make("input", { name, value, "aria-label": name, ...attributes });
      const count = (name, value) => input(name, value, { type: "number", min: 0, step: 1 });
      const problem = input("problem", c.envs[0]?.example ?? "", { required: true, class: "wide" });
      const env = pick("env", c.envs.map((e) => e.name), c.envs[0]?.name);
      env.addEventListener("change", () => { problem.value = c.envs.find((e) => e.name === env.value)?.example ?? ""; });
      const model = input("model", c.models[0] ?? "none", { list: "models", required: true });
      const fault = make("p", { class: "failed", role: "alert" });
      const form = make("form", { submit: async (e) => {
        e.preventDefault();
        const data = new FormData(form);
        const settings = { env: data.get("env"), problem: data.get("problem"), model: data.get("model"), strategy: data.get("strategy") };
        for (const name of ["simulations", "max_calls", "max_tokens", "parallel", "seed"]) if (data.get(name)) settings[name] = Number(data.get(name));
        if (data.get("time")) settings.time = data.get("time");
        try {
          const { run } = await post("api/runs", settings);
          this.open(run);
        } catch (err) {
          say(fault, line(err.message, 300));
        }
      } },
        field("environment", env), field("problem", problem), field("model", model), make("datalist", { id: "models" }, ...c.models.map((m) => make("option", { value: m }))),
        field("strategy", pick("strategy", c.strategies, "auto")), field("simulations", count("simulations", "")), field("calls", count("max_calls", 100)), field("tokens", count("max_tokens", "")),
        field("time", input("time", "", { placeholder: "90s" })), field("parallel", count("parallel", 1)), field("seed", count("seed", 1)),
        make("button", { type: "submit", class: "primary" }, "Start"), fault);
      section.append(form);
      section.hidden = false;
    }, () => {});
    return section;
  }
}
