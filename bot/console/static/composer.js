// The command line: typeahead (WAI-ARIA combobox with a listbox), history, sending.

import { make } from "./api.js";
import { suggest } from "./suggest.js";

const line = document.getElementById("line");
const list = document.getElementById("suggestions");
const usage = document.getElementById("usage");
const HINT = usage.textContent;

let commands = [];
let offer = { head: "", items: [], usage: "" };
let chosen = -1;
const history = [];
let recalled = -1;
let draft = "";

export function startComposer({ send }) {
  document.getElementById("composer").addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = line.value.trim();
    if (!text) return;
    // Emptied before the answer to the post, which may come after the next line is begun; given back if refused.
    close();
    set("");
    line.focus();
    if (!(await send(text)) && !line.value) set(text);
  });
  line.addEventListener("input", () => {
    recalled = -1;
    open();
  });
  line.addEventListener("keydown", key);
  line.addEventListener("blur", close);
  list.addEventListener("mousedown", (event) => {
    event.preventDefault();
    const item = event.target.closest("[role=option]");
    if (item) accept(Number(item.dataset.index));
  });
  // On a phone the keyboard would hide the page at once.
  if (!matchMedia("(pointer: coarse)").matches) line.focus({ preventScroll: true });
  return { know, remember, fill, focus: () => line.focus() };
}

function know(table) {
  commands = table;
}

// Lines of this conversation, oldest first; the feed tells them again after a reload.
function remember(entry) {
  if (entry.door !== "console" || history[history.length - 1] === entry.line) return;
  history.push(entry.line);
}

function fill(command) {
  set(`${command.name} `);
  line.focus();
  open();
}

function set(text) {
  line.value = text;
  recalled = -1;
  show();
}

function key(event) {
  const shown = !list.hidden;
  if (event.key === "Escape" && shown) {
    event.stopPropagation();
    close();
  } else if (event.key === "Tab" && shown && !event.shiftKey) {
    event.preventDefault();
    accept(Math.max(chosen, 0));
  } else if (event.key === "Enter" && shown && chosen >= 0) {
    event.preventDefault();
    accept(chosen);
  } else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
    event.preventDefault();
    const step = event.key === "ArrowUp" ? -1 : 1;
    if (shown && recalled < 0) choose(step);
    else recall(step);
  }
}

// −1 is the line itself: going past an end comes back to it.
function choose(step) {
  const count = offer.items.length + 1;
  chosen = ((chosen + 1 + step + count) % count) - 1;
  mark();
}

function recall(step) {
  if (recalled < 0) {
    if (step > 0 || !history.length) return;
    draft = line.value;
    recalled = history.length;
  }
  recalled += step;
  if (recalled < 0) recalled = 0;
  const back = recalled >= history.length;
  line.value = back ? draft : history[recalled];
  if (back) recalled = -1;
  line.setSelectionRange(line.value.length, line.value.length);
  close();
}

function accept(index) {
  const item = offer.items[index];
  if (!item) return;
  line.value = offer.head + item.insert;
  open();
}

function open() {
  offer = suggest(line.value, commands);
  chosen = -1;
  show();
}

function close() {
  offer = { ...offer, items: [] };
  chosen = -1;
  show();
}

function show() {
  if (!line.value) offer = { head: "", items: [], usage: "" };
  const items = offer.items.map((item, index) => {
    const option = make("li", { role: "option", id: `suggestion-${index}`, "data-index": index });
    option.append(make("b", {}, item.text), make("small", {}, item.about));
    return option;
  });
  list.replaceChildren(...items);
  list.hidden = !items.length;
  line.setAttribute("aria-expanded", String(items.length > 0));
  usage.textContent = offer.usage || HINT;
  mark();
}

function mark() {
  [...list.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === chosen)));
  if (chosen < 0) line.removeAttribute("aria-activedescendant");
  else {
    line.setAttribute("aria-activedescendant", `suggestion-${chosen}`);
    list.children[chosen].scrollIntoView({ block: "nearest" });
  }
}
