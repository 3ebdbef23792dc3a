const svgSpace = "http://www.w3.org/2000/svg";

// make builds an element. Attributes that are functions are listeners, a text
// child is text: nothing is ever parsed as HTML.
export function make(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

// draw is make for SVG.
export function draw(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(svgSpace, tag), attributes, children);
}

function fill(el, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") el.addEventListener(name, value);
    else el.setAttribute(name, value === true ? "" : value);
  }
  el.append(...children.filter((c) => c !== undefined && c !== null && c !== false));
  return el;
}

// set changes an attribute only where it differs, for the browser lays out anew
// what was touched.
export function set(el, name, value) {
  if (value === null || value === undefined || value === false) {
    if (el.hasAttribute(name)) el.removeAttribute(name);
  } else if (el.getAttribute(name) !== String(value)) {
    el.setAttribute(name, value);
  }
}

export function say(el, text) {
  if (el.textContent !== text) el.textContent = text;
}

export function button(label, title, click, attributes = {}) {
  return make("button", { type: "button", title, "aria-label": title, click, ...attributes }, label);
}
