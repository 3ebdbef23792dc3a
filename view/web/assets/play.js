import { make, button, say } from "./dom.js";
import { Served, ask, post } from "./source.js";
import { RunView } from "./run.js";
import { block, line, share } from "./text.js";

const again = 1000; // ms until a server that was gone is asked once more

// PlayView is a game: the board and the moves, and beside them the tree of the
// last search.
export class PlayView {
  constructor() {
    this.state = null;
    this.fault = make("p", { class: "note", role: "alert" });
    this.title = make("h1", { class: "title" });
    this.turn = make("p", { class: "turn", role: "status" });
    this.said = make("p", { class: "said" });
    this.board = make("pre", { class: "board", tabindex: 0, "aria-label": "board" });
    this.moves = make("div", { class: "moves", role: "group", "aria-label": "legal moves" });
    this.other = this.#field();
    this.advice = make("div", { class: "advice" });
    this.played = make("ol", { class: "played", "aria-label": "moves made" });
    this.buttons = {
      hint: button("Hint", "what the engine would do", () => this.#act("hint")),
      why: button("Why?", "what the engine thinks of the last move", () => this.#act("why", { back: 1 })),
      back: button("Take back", "take back to your last turn", () => this.#act("back")),
      new: button("New game", "begin anew", () => this.#act("new")),
    };
    this.treeTitle = make("h2", {});
    this.host = make("div", { class: "host" }, make("p", { class: "hint" }, "The tree of the engine's last search is shown here."));
    this.element = make("section", { class: "play", "aria-label": "game" },
      make("div", { class: "game" }, this.title, this.turn, this.said, this.fault, this.board, this.moves, this.other,
        make("div", { class: "acts", role: "group", "aria-label": "game" }, ...Object.values(this.buttons)), this.advice,
        make("h2", {}, "Moves"), this.played),
      make("div", { class: "searched" }, this.treeTitle, this.host));
  }

  // #field takes a move that has no button.
  #field() {
    const input = make("input", { name: "move", "aria-label": "move", placeholder: "a move", autocomplete: "off", maxlength: 2000 });
    return make("form", { hidden: true, submit: (e) => {
      e.preventDefault();
      this.#act("move", { move: input.value });
      input.value = "";
    } }, input, make("button", { type: "submit" }, "Move"));
  }

  // load follows the game until the view is closed.
  async load() {
    let version = 0;
    while (!this.closed) {
      try {
        const state = await ask("api/play?after=" + version);
        version = state.version;
        this.#show(state);
        this.lost = false;
      } catch (err) {
        this.lost = true;
        this.#tell(err.message);
        await new Promise((done) => setTimeout(done, again));
      }
    }
  }

  close() {
    this.closed = true;
    this.tree?.close();
  }

  async #act(what, body = {}) {
    try {
      this.#show(await post("api/play/" + what, body));
    } catch (err) {
      this.#tell(err.message);
    }
  }

  #tell(text) {
    say(this.fault, line(text, 400));
  }

  #show(s) {
    if (this.closed || (!this.lost && this.state && s.version < this.state.version)) return;
    const changed = s.version !== this.state?.version;
    this.state = s;
    this.#tell(s.fault);
    if (!changed) return;
    say(this.title, line(`${s.env}: ${s.players.join(" against ")}`, 120));
    say(this.turn, this.#stands(s));
    this.turn.classList.toggle("over", s.over !== "");
    say(this.said, line(s.said, 300));
    say(this.board, block(s.board));
    this.#buttons(s);
    this.advice.replaceChildren(...[s.why, s.hint].filter(Boolean).map((t) => this.#thought(t)));
    this.played.replaceChildren(...s.played.map((m) => make("li", {}, make("b", {}, line(m.move, 60)), " ", make("span", { class: "hint" }, line(m.by, 40)))));
    this.#grow(s);
  }

  // #stands says whose turn it is, or how it ended.
  #stands(s) {
    if (s.over) return line([s.over, s.answer && "Answer: " + s.answer, s.verified && "Verified."].filter(Boolean).join(" "), 300);
    if (s.busy === "hint" || s.busy === "why") return "The engine is looking at it …";
    if (s.busy) return `${line(s.turn, 60)}: thinking …`;
    if (s.yours) return s.turn === "you" ? "Your turn." : `The turn of ${line(s.turn, 60)}.`;
    return `${line(s.turn, 60)} is to move.`;
  }

  #buttons(s) {
    const mine = s.yours && !s.busy;
    const focus = this.moves.contains(document.activeElement) ? document.activeElement.dataset.move : null;
    this.moves.replaceChildren(...(s.yours ? s.moves : []).map((m) => {
      const b = button(line(m, 60), "move " + line(m, 60), () => this.#act("move", { move: m }), { disabled: !mine });
      b.dataset.move = m;
      return b;
    }));
    if (focus) [...this.moves.children].find((b) => b.dataset.move === focus)?.focus();
    this.other.hidden = !s.yours || (s.listed && s.more === 0);
    this.buttons.hint.disabled = !mine;
    this.buttons.why.disabled = s.busy !== "" || s.played.length === 0;
    this.buttons.back.disabled = s.played.length === 0;
  }

  // #thought is a table of moves with bars of their visits, values and priors.
  #thought(t) {
    const most = Math.max(1, ...t.moves.map((m) => m.n));
    const bar = (text, size) => make("td", { class: "n" }, text, " ", make("meter", { min: 0, max: 1, value: Math.max(0, Math.min(1, size)), "aria-hidden": "true" }));
    const rows = t.moves.map((m) => make("tr", { class: m.made ? "made" : null },
      make("th", { scope: "row" }, line(m.move, 40)), bar(String(m.n), m.n / most), bar(m.q === null ? "–" : share(m.q), m.q ?? 0), bar(share(m.p), m.p), make("td", {}, m.proof)));
    return make("section", { class: "thought" },
      make("p", {}, line(t.words, 400)),
      make("div", { class: "scroll" }, make("table", {},
        make("thead", {}, make("tr", {}, ...[["move", ""], ["N", "visits"], ["Q", "value for who moves"], ["P", "prior"], ["sure", "what is proven"]].map(([h, title]) => make("th", { scope: "col", title }, h)))),
        make("tbody", {}, ...rows))),
      make("p", { class: "hint" }, [`${t.simulations} simulations`, t.more > 0 && `${t.more} more moves`, t.line.length > 1 && "line: " + line(t.line.slice(0, 12).join(" "), 160)].filter(Boolean).join(" · ")));
  }

  // #grow shows the tree of the last search.
  #grow(s) {
    if (!s.tree || s.tree === this.tree?.source.id) return;
    this.tree?.close();
    this.tree = new RunView(new Served(s.tree), { compact: true });
    say(this.treeTitle, line("Search: " + s.tree_of, 120));
    this.host.replaceChildren(this.tree.element);
    this.tree.load();
  }
}
