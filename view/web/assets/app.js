import { make, button } from "./dom.js";
import { Served, Embedded, unpack } from "./source.js";
import { RunView } from "./run.js";
import { RunList } from "./runs.js";
import { PlayView } from "./play.js";
import * as charts from "./charts.js";
import { line, number, share, duration } from "./text.js";

const main = document.getElementById("main");
let views = [];

function close() {
  for (const v of views) v.close();
  views = [];
}

function show(...elements) {
  main.replaceChildren(...elements);
}

// compare puts two runs side by side, with what they cost and came to above.
function compare(sources) {
  const top = make("div", { class: "compare-head" });
  const changed = () => {
    const rows = views.map((v) => v.row ?? {});
    const fact = (title, f) => make("tr", {}, make("th", { scope: "row" }, title), ...views.map((v, i) => make("td", {}, f(v, rows[i]))));
    top.replaceChildren(
      make("table", { class: "facts-table" }, make("tbody", {},
        fact("run", (v, r) => line(r.run ?? "", 14)), fact("problem", (v, r) => line(`${r.env} ${r.problem}`, 50)), fact("strategy, model", (v, r) => line(`${r.strategy}, ${r.model}`, 50)),
        fact("status", (v, r) => (r.verified ? "verified" : r.status ?? "")), fact("best value", (v) => share(v.history.tree.best())),
        fact("simulations", (v) => number(v.history.tree.totals.simulations)), fact("nodes", (v) => number(v.history.tree.nodes.size)),
        fact("calls", (v) => number(v.history.tree.totals.calls)), fact("tokens", (v) => number(v.history.tree.totals.prompt + v.history.tree.totals.completion)),
        fact("time", (v, r) => duration(r.elapsed_ms ?? 0)))),
      charts.progress(views.map((v) => ({ series: v.history.series }))),
      make("p", { class: "key" }, make("span", { class: "swatch plot0" }, "left"), make("span", { class: "swatch plot1" }, "right")));
  };
  views = sources.map((s) => new RunView(s, { compact: true, changed }));
  show(make("section", { class: "compare" }, top, make("div", { class: "pair" }, ...views.map((v) => v.element))));
  for (const v of views) v.load();
}

function route() {
  close();
  const [, place, ...ids] = location.hash.split("/").map(decodeURIComponent);
  if (place === "run" && ids[0]) {
    const view = new RunView(new Served(ids[0]));
    views = [view];
    show(view.element);
    view.load();
  } else if (place === "compare" && ids.length === 2) {
    compare(ids.map((id) => new Served(id)));
  } else if (place === "play") {
    const game = new PlayView();
    views = [game];
    show(game.element);
    game.load();
  } else {
    const list = new RunList({ open: (id) => { location.hash = "#/run/" + encodeURIComponent(id); }, compare: (two) => { location.hash = "#/compare/" + two.map(encodeURIComponent).join("/"); } });
    views = [list];
    show(list.element);
    list.load();
  }
  window.ponder = { views };
}

// theme follows the system until somebody chooses.
function theme() {
  let chosen = null;
  try {
    chosen = localStorage.getItem("theme");
  } catch {
    // A page from disk may have no storage.
  }
  const dark = () => (document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  if (chosen === "dark" || chosen === "light") document.documentElement.dataset.theme = chosen;
  const toggle = button("◐", "dark or light", () => {
    const next = dark() ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    try {
      localStorage.setItem("theme", next);
    } catch {
      // Then it lasts as long as the page.
    }
  });
  document.getElementById("menu").append(toggle);
}

const keys = [
  ["← →", "fold and unfold, to the parent and the first child"], ["↑ ↓", "to the next node of the column"], ["Enter", "read the node"], ["m", "show more steps"],
  ["Home, End", "to the root, to the end of the best line"], ["+ − 0", "zoom in, out, fit"], [", .", "one event back, on"], ["space", "play, pause"], ["l", "live"], ["?", "this help"],
];

function help() {
  const dialog = make("dialog", { "aria-label": "keys" }, make("h2", {}, "Keys"),
    make("table", {}, make("tbody", {}, ...keys.map(([k, what]) => make("tr", {}, make("th", { scope: "row" }, k), make("td", {}, what))))),
    button("Close", "close", () => dialog.close()));
  document.body.append(dialog);
  document.getElementById("menu").append(button("?", "keys", () => dialog.showModal()));
  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.target.closest?.("input, select, textarea, button, dialog, summary")) return;
    const player = views[0]?.player;
    if (e.key === "?") dialog.showModal();
    else if (!player) return;
    else if (e.key === ",") player.to(views[0].history.at - 1);
    else if (e.key === ".") player.to(views[0].history.at + 1);
    else if (e.key === " ") player.toggle();
    else if (e.key === "l") player.to(Infinity);
    else return;
    e.preventDefault();
  });
}

async function begin() {
  theme();
  help();
  const data = document.getElementById("ponder-data");
  if (data) {
    document.getElementById("home").removeAttribute("href");
    const view = new RunView(new Embedded(JSON.parse(await unpack(data))));
    views = [view];
    window.ponder = { views };
    show(view.element);
    await view.load();
    return;
  }
  addEventListener("hashchange", route);
  route();
}

begin().catch((err) => show(make("p", { class: "failed" }, line(err.message, 300))));
