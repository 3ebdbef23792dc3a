// Texts of problems and models are data: they reach the page through
// textContent alone, without escape sequences and invisible characters.

const ansi = /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[P\]X^_]|[\u0090\u009d\u0098\u009e\u009f])[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)|\u001b[ -/]*[0-~]?/g;
const hidden = /[\u0000-\u0008\u000e-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;

// block makes a text safe to show with its line breaks.
export function block(text, limit = 200000) {
  const s = String(text ?? "");
  const cut = s.length > limit;
  const clean = (cut ? s.slice(0, limit) : s).replace(/\r\n?|[\u2028\u2029\u0085\v\f]/g, "\n").replace(ansi, "").replace(hidden, "");
  return cut ? clean + "\n… " + (s.length - limit) + " characters more" : clean;
}

// line makes a text safe to show within one line of at most limit characters.
export function line(text, limit = 120) {
  const clean = block(text, 4 * limit + 200).replace(/\n/g, "⏎").replace(/\t/g, " ");
  const all = Array.from(clean);
  return all.length > limit ? all.slice(0, limit - 1).join("") + "…" : clean;
}

export function number(n) {
  if (n < 10000) return String(n);
  if (n < 1e6) return (Math.floor(n / 100) / 10).toFixed(1) + "k";
  return (Math.floor(n / 1e5) / 10).toFixed(1) + "M";
}

export function share(x) {
  return Number.isFinite(x) ? x.toFixed(2) : "–";
}

export function duration(ms) {
  const s = ms / 1000;
  if (s < 10) return s.toFixed(1) + " s";
  if (s < 60) return Math.floor(s) + " s";
  if (s < 3600) return Math.floor(s / 60) + " min " + Math.floor(s % 60) + " s";
  return Math.floor(s / 3600) + " h " + Math.floor((s % 3600) / 60) + " min";
}
