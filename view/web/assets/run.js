import { make, button, say, set } from "./dom.js";
import { History } from "./fold.js";
import { Canvas, legend } from "./canvas.js";
import { Pane } from "./pane.js";
import { Player } from "./player.js";
import * as charts from "./charts.js";
import { line, number, share, duration } from "./text.js";

const small = 4000; // nodes up to which all events are read at once
const livePaint = 1000; // ms at least between two drawings of a tree that grows
const liveShare = 40; // and that many times what the last one took: the search needs the machine

// RunView shows one run: its tree, a node, its charts, and its time.
export class RunView {
  constructor(source, { compact = false, changed = () => {} } = {}) {
    this.source = source;
    this.changed = changed;
    this.history = new History();
    this.head = make("header", { class: "run-head" });
    this.stage = make("div", { class: "stage" });
    this.side = make("aside", { class: "side", "aria-label": "node and charts" });
    this.time = make("div", { class: "time", role: "group", "aria-label": "time" });
    this.note = make("p", { class: "note", role: "status" });
    this.element = make("section", { class: "run" + (compact ? " compact" : ""), "aria-label": "run " + source.id },
      this.head, this.note, make("div", { class: "middle" }, this.stage, this.side), this.time);
    this.canvas = new Canvas(this.stage, { label: "search tree", select: (n) => this.#read(n) });
    this.canvas.prefix = "n" + source.id.replace(/\W/g, "");
    this.stage.append(
      make("div", { class: "tools", role: "group", "aria-label": "view" },
        button("+", "zoom in", () => this.canvas.zoom(1.25)), button("−", "zoom out", () => this.canvas.zoom(0.8)),
        button("⤢", "fit all into the window", () => this.canvas.fit()), button("★", "go to the end of the best line", () => this.canvas.go(this.history.tree.line().at(-1)?.to))),
      make("div", { class: "key" }, legend(), make("span", {}, "dashed: not visited · bold: best line · ✓ solved ✗ dead ■ end ⇄ merged ↗ elsewhere")));
    const tabs = make("div", { class: "tabs", role: "tablist" });
    this.pages = { node: make("div", { class: "page", role: "tabpanel" }), charts: make("div", { class: "page charts", role: "tabpanel", hidden: true }) };
    this.tabs = {};
    for (const [name, title] of [["node", "Node"], ["charts", "Charts"]]) {
      this.tabs[name] = make("button", { type: "button", role: "tab", "aria-selected": String(name === "node"), click: () => this.tab(name) }, title);
      tabs.append(this.tabs[name]);
    }
    this.side.append(tabs, this.pages.node, this.pages.charts);
    this.pane = new Pane(this.pages.node, { source, go: (n) => this.canvas.go(n), order: (o, e) => this.#order(o, e) });
    this.player = new Player(this.time, { history: this.history, moved: () => this.#moved(), whole: () => this.whole() });
    this.#build();
  }

  #build() {
    this.title = make("h1", { class: "title" });
    this.status = make("span", { class: "status" });
    this.facts = make("span", { class: "facts" });
    this.controls = make("span", { class: "controls", role: "group", "aria-label": "control the search" });
    if (!this.source.static) {
      this.pauseButton = button("Pause", "hand out no further work", () => this.#order(this.pauseButton.textContent.toLowerCase()));
      this.stopButton = button("Stop", "end the search; it can be resumed", () => this.#order("stop"));
      this.controls.append(this.pauseButton, this.stopButton);
    }
    this.head.append(this.title, this.status, this.facts, this.controls);
  }

  // load reads the run as it is and follows it.
  async load() {
    try {
      this.row = await this.source.row();
      if (this.row.nodes > small) await this.#snapshot();
      else await this.source.events(0, (batch) => this.history.push(batch));
    } catch (err) {
      this.#tell(err.message);
      return;
    }
    this.#moved();
    this.canvas.home();
    this.#follow();
  }

  close() {
    this.unfollow?.();
    this.player.stop();
    this.canvas.close();
    clearTimeout(this.timer);
    this.closed = true;
  }

  // #snapshot begins with the tree as it is; what came before is read when
  // somebody wants to go there.
  async #snapshot() {
    const record = await this.source.tree();
    this.history = new History(record.nodes.length > 0 ? record : null); // one that is just being taken up tells all
    this.player.use(this.history);
  }

  // whole reads the events from the first on, once.
  whole() {
    if (this.history.base === 0 || this.closed) return Promise.resolve();
    this.reading ??= this.#whole().finally(() => { this.reading = null; });
    return this.reading;
  }

  async #whole() {
    this.#tell("reading the search from its first event …");
    const all = new History();
    try {
      await this.source.events(0, (batch) => all.push(batch));
    } catch (err) {
      this.#tell(err.message);
      return;
    }
    this.#tell("");
    if (all.last < this.history.last && this.history.events.length > 0) all.push(this.history.events.slice(Math.max(0, all.last - this.history.base)));
    const at = this.history.at;
    const selected = this.canvas.selected?.id;
    this.history = all;
    this.history.seek(Math.min(at, all.last));
    this.canvas.selected = all.tree.nodes.get(selected) ?? null;
    this.player.use(all);
    this.#moved();
  }

  #follow() {
    this.unfollow?.();
    this.unfollow = this.source.stream(this.history.last, {
      events: (batch) => {
        this.history.push(batch);
        this.#soon();
      },
      snapshot: async (s) => {
        this.dropped = (this.dropped ?? 0) + (s.dropped ?? 0);
        this.unfollow?.();
        await this.#snapshot();
        this.#tell(this.dropped ? `${number(this.dropped)} events were too fast for this page; the tree is whole` : "");
        this.#soon();
        if (!this.closed) this.#follow();
      },
      doing: (ids) => {
        this.canvas.doing = new Set(ids);
        this.canvas.dirty = true;
        this.#soon();
      },
      state: (row) => {
        this.row = row;
        this.#facts();
      },
      end: () => {
        this.canvas.doing.clear();
        this.source.row().then((row) => {
          this.row = row;
          this.#moved();
        }, () => {});
      },
      error: (gone) => this.#tell(gone ? "the server is gone; what is shown stays" : "connection lost, trying again …"),
    });
  }

  // #soon draws a growing tree, but not more often than helps anybody.
  #soon() {
    if (this.timer || this.closed) return;
    this.timer = setTimeout(() => {
      this.timer = 0;
      if (document.hidden) return this.#whenSeen();
      const start = performance.now();
      this.#moved();
      requestAnimationFrame(() => setTimeout(() => { this.cost = performance.now() - start; }));
    }, Math.min(3000, Math.max(livePaint, liveShare * (this.cost ?? 0))));
  }

  #whenSeen() {
    document.addEventListener("visibilitychange", () => this.#soon(), { once: true });
  }

  #moved() {
    const t = this.history.tree;
    this.player.update();
    // A node may have gone with an event that was taken back.
    const selected = this.canvas.selected && t.nodes.get(this.canvas.selected.id);
    this.canvas.selected = selected ?? null;
    this.canvas.verified = this.row?.verified && t.end ? t.line().at(-1)?.to : null;
    this.canvas.show(t);
    if (selected && !this.pages.node.hidden) this.pane.show(selected, t, this.#steerable());
    if (!this.pages.charts.hidden) this.#draw();
    this.#facts();
    this.changed(this);
  }

  #steerable() {
    return !this.source.static && !!this.row?.steerable;
  }

  #read(node) {
    this.tab("node");
    this.pane.show(node, this.history.tree, this.#steerable());
  }

  tab(name) {
    for (const [n, page] of Object.entries(this.pages)) {
      page.hidden = n !== name;
      set(this.tabs[n], "aria-selected", String(n === name));
    }
    if (name === "charts") this.#draw();
  }

  #draw() {
    const now = performance.now();
    if (now - (this.drawn ?? 0) < 400 && this.history.at === this.history.last) {
      clearTimeout(this.later);
      this.later = setTimeout(() => !this.pages.charts.hidden && this.#draw(), 450);
      return;
    }
    this.drawn = now;
    const t = this.history.tree;
    const series = this.history.series;
    const until = series.slice(0, Math.max(1, this.history.at - (series[0]?.seq ?? 1) + 1));
    this.pages.charts.replaceChildren(
      charts.progress([{ series: until }]), charts.rate(until), charts.depths(t), charts.branching(t), charts.values(t), charts.calibration(t));
  }

  #facts() {
    const t = this.history.tree;
    const r = this.row ?? {};
    say(this.title, line(`${t.start?.env ?? r.env ?? ""} ${t.start?.problem ?? r.problem ?? ""}`, 100));
    const atEnd = this.history.at === this.history.last;
    const verified = atEnd && t.end?.status === "solved" && r.verified;
    const status = !atEnd ? "replay" : t.end ? (verified ? "verified" : t.end.status) : r.status || "running";
    say(this.status, status);
    set(this.status, "class", "status " + status);
    const s = t.totals;
    const facts = [
      line(t.start?.model ?? r.model ?? "", 30), line(t.start?.strategy ?? r.strategy ?? "", 12), `${number(s.simulations)} simulations`, `${number(t.nodes.size)} nodes`,
      s.calls > 0 && `${number(s.calls)} calls`, s.prompt + s.completion > 0 && `${number(s.prompt + s.completion)} tokens`, `best ${share(t.best())}`,
      r.elapsed_ms > 0 && atEnd && duration(r.elapsed_ms), verified && r.answer && "answer " + line(r.answer, 60),
    ];
    say(this.facts, facts.filter(Boolean).join(" · "));
    if (this.pauseButton) {
      const rests = r.status === "paused" || !r.live;
      this.controls.hidden = !(r.live ? r.steerable : r.resumable);
      say(this.pauseButton, rests ? "Resume" : "Pause");
      set(this.pauseButton, "aria-label", rests ? "resume" : "pause");
      this.stopButton.hidden = !r.live;
    }
  }

  async #order(order, edges = []) {
    try {
      await this.source.order(order, edges);
      this.#tell("");
      if (this.row?.live) return;
      // One that had been stopped goes on: the notes of its end are gone.
      this.row = await this.source.row();
      await this.#snapshot();
      this.#moved();
      this.#follow();
    } catch (err) {
      this.#tell(err.message);
    }
  }

  #tell(text) {
    say(this.note, line(text, 300));
  }
}
