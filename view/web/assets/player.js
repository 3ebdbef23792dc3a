import { make, button, set, say } from "./dom.js";

// Player moves through a history: play, pause, step, a slider, and live.
export class Player {
  constructor(host, { history, moved, whole }) {
    this.history = history;
    this.moved = moved;
    this.whole = whole; // reads what came before the history begins
    this.timer = 0;
    this.slider = make("input", { type: "range", min: 0, max: 0, value: 0, step: 1, class: "slider", "aria-label": "moment of the search", input: () => this.to(Number(this.slider.value)) });
    this.play = button("▶", "play", () => this.toggle(), { class: "play" });
    this.label = make("output", { class: "moment" });
    this.speed = make("select", { "aria-label": "speed", title: "events a second" },
      ...[2, 10, 50, 250, 2000].map((s) => make("option", { value: s, selected: s === 10 }, s + "/s")));
    this.live = button("Live", "follow the newest event", () => this.to(Infinity), { class: "live" });
    host.append(
      button("⇤", "first event", () => this.to(0)), button("←", "one event back", () => this.to(this.history.at - 1), { class: "back" }), this.play,
      button("→", "one event on", () => this.to(this.history.at + 1), { class: "step" }), button("⇥", "last event", () => this.to(Infinity)),
      this.slider, this.label, this.speed, this.live);
    this.update();
  }

  // use changes the history under the same controls.
  use(history) {
    this.history = history;
    this.update();
  }

  // to goes to a moment; one before the history begins has to be read first.
  async to(seq) {
    this.stop();
    this.wanted = seq;
    if (seq < this.history.base) await this.whole();
    if (this.wanted !== seq) return; // somebody went elsewhere meanwhile
    this.history.seek(seq);
    this.update();
    this.moved();
  }

  async toggle() {
    if (this.timer) return this.stop();
    if (this.history.at >= this.history.last) await this.to(0);
    let then = performance.now();
    let owed = 0;
    const tick = (now) => {
      owed += ((now - then) / 1000) * Number(this.speed.value);
      then = now;
      if (owed >= 1) {
        this.history.seek(this.history.at + Math.floor(owed));
        owed %= 1;
        this.update();
        this.moved();
      }
      if (this.history.at >= this.history.last) return this.stop();
      this.timer = requestAnimationFrame(tick);
    };
    this.timer = requestAnimationFrame(tick);
    this.update();
  }

  stop() {
    cancelAnimationFrame(this.timer);
    this.timer = 0;
    this.update();
  }

  update() {
    const h = this.history;
    set(this.slider, "min", Math.min(1, h.last));
    set(this.slider, "max", h.last);
    this.slider.value = h.at;
    const atEnd = h.at === h.last;
    say(this.label, `event ${h.at} of ${h.last}`);
    set(this.slider, "aria-valuetext", `event ${h.at} of ${h.last}`);
    set(this.live, "aria-pressed", String(atEnd));
    say(this.play, this.timer ? "❚❚" : "▶");
    set(this.play, "aria-label", this.timer ? "pause" : "play");
  }
}
