// An answer's card: the server's fragment, made alive: times, buttons, forms, and the payload tabs around it.

import { make } from "./api.js";
import { tabs } from "./tabs.js";

const STYLES = {
  date: { year: "numeric", month: "short", day: "numeric" },
  time: { hour: "2-digit", minute: "2-digit" },
  both: { year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short" },
};

// A time in the reader's zone, with the UTC one behind it.
export function instant(at, style = "time") {
  const element = make("time", { datetime: at });
  localise(element, style);
  return element;
}

function localise(element, style) {
  const at = new Date(element.getAttribute("datetime"));
  if (Number.isNaN(at.getTime())) return;
  element.title = element.textContent || at.toISOString();
  element.textContent = at.toLocaleString("en-GB", STYLES[style] || STYLES.both);
}

// The fragment comes from our own renderer, which escapes every word; the page's policy runs no script in it.
export function dress(entry, { press, submit }) {
  const holder = make("template");
  holder.innerHTML = entry.html;
  const article = holder.content.querySelector(".doc");
  number(article, entry.id);
  article.querySelectorAll("time[datetime]").forEach((time) => localise(time, time.dataset.style));
  article.querySelectorAll(".rule").forEach(fold);
  article.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-line]");
    if (button && button.getAttribute("aria-disabled") !== "true") pressed(button, press);
  });
  article.querySelectorAll("form[data-command]").forEach((form) => {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      submit(fields(form));
    });
  });
  return entry.kind === "working" ? article : tabs(article, entry.id, entry.room || "");
}

// Confirm and cancel work once: both are shut as soon as one is taken.
// They stay focusable, so that the keyboard keeps its place.
async function pressed(button, press) {
  const line = button.dataset.line;
  const once = /^(confirm|cancel) /.test(line);
  const both = once ? [...button.closest(".actions").querySelectorAll("button")] : [button];
  both.forEach((one) => one.setAttribute("aria-disabled", "true"));
  const sent = await press(line, button.getAttribute("aria-label") || button.textContent.trim());
  if (!once || !sent) both.forEach((one) => one.removeAttribute("aria-disabled"));
}

function fields(form) {
  const out = { command: form.dataset.command };
  for (const [name, value] of new FormData(form)) out[`field.${name}`] = value;
  return out;
}

// The rule of a verdict is there for whoever asks, and out of the way of whoever does not.
function fold(rule) {
  const text = rule.textContent.replace(/^\s*Rule:\s*/, "");
  const summary = make("summary", {}, "How the status is decided");
  rule.replaceWith(make("details", { class: "rule" }, summary, make("p", {}, text)));
}

// Ids are unique in a document; a page holds many.
function number(article, id) {
  const unique = (name) => `${id.replace(/[^A-Za-z0-9_-]/g, "-")}-${name}`;
  article.querySelectorAll("form [id]").forEach((element) => (element.id = unique(element.id)));
  article.querySelectorAll("label[for]").forEach((label) => label.setAttribute("for", unique(label.htmlFor)));
}
