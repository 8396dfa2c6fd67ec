// Rendered | Slack | Teams | JSON: the same document as each platform would be sent it (WAI-ARIA tabs).

import { getText, make, role } from "./api.js";

const KINDS = [
  ["rendered", "Rendered"],
  ["slack", "Slack payload"],
  ["teams", "Teams payload"],
  ["json", "JSON"],
];

export function tabs(article, parcel, room) {
  const id = parcel.replace(/[^A-Za-z0-9_-]/g, "-");
  const panels = KINDS.map(([kind]) =>
    make("div", { role: "tabpanel", id: `${id}-${kind}`, "aria-labelledby": `${id}-tab-${kind}`, class: kind }),
  );
  panels[0].append(article);
  const buttons = KINDS.map(([kind, label]) =>
    make(
      "button",
      { type: "button", role: "tab", id: `${id}-tab-${kind}`, "aria-controls": `${id}-${kind}` },
      label,
    ),
  );
  const select = (index, focus) => {
    buttons.forEach((button, at) => {
      button.setAttribute("aria-selected", String(at === index));
      button.tabIndex = at === index ? 0 : -1;
      panels[at].hidden = at !== index;
    });
    if (focus) buttons[index].focus();
    if (index > 0 && !panels[index].children.length) load(panels[index], KINDS[index], parcel, room);
  };
  buttons.forEach((button, index) => button.addEventListener("click", () => select(index, false)));
  const bar = make("div", { role: "tablist", class: "tabs", "aria-label": "Views of this answer" }, ...buttons);
  bar.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const at = buttons.indexOf(document.activeElement);
    select((at + step + KINDS.length) % KINDS.length, true);
  });
  select(0, false);
  return make("div", { class: "card" }, bar, ...panels);
}

async function load(panel, [kind, label], parcel, room) {
  panel.replaceChildren(make("p", { class: "context" }, "Loading …"));
  try {
    const where = `as=${kind}&room=${encodeURIComponent(room)}&role=${encodeURIComponent(role())}`;
    const text = await getText(`/console/payload/${encodeURIComponent(parcel)}?${where}`);
    const pre = make("pre", { tabindex: "0", "aria-label": label }, make("code", {}, ...coloured(text)));
    const note = make("span", {}, `${label}, ${(new Blob([text]).size / 1024).toFixed(1)} kB pretty-printed`);
    panel.replaceChildren(make("div", { class: "payload-bar" }, note, copier(text, pre)), pre);
  } catch (error) {
    panel.replaceChildren(make("p", { class: "notice notice-warning" }, error.message));
  }
}

function copier(text, pre) {
  const button = make("button", { type: "button" }, "Copy");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      // No clipboard without HTTPS outside this machine: select it for Ctrl+C instead.
      getSelection().selectAllChildren(pre);
      button.textContent = "Selected: press Ctrl+C";
    }
    setTimeout(() => (button.textContent = "Copy"), 2500);
  });
  return button;
}

const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\b\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b/g;
const LONG = 200000;

// JSON text as text nodes and spans: keys, strings, the rest.
function coloured(text) {
  if (text.length > LONG) return [text];
  const out = [];
  let at = 0;
  for (const found of text.matchAll(TOKEN)) {
    out.push(text.slice(at, found.index));
    const kind = found[2] ? "key" : found[1] ? "string" : "literal";
    out.push(make("span", { class: `json-${kind}` }, found[0]));
    at = found.index + found[0].length;
  }
  out.push(text.slice(at));
  return out;
}
