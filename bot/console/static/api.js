// Requests to our own server, and the one banner for what went wrong.

const banner = document.getElementById("banner");

export function complain(text) {
  banner.textContent = text;
  banner.hidden = !text;
}

async function reason(response) {
  try {
    return (await response.json()).error || response.statusText;
  } catch {
    return response.statusText || `The bot answered ${response.status}.`;
  }
}

async function ask(url, options) {
  let response;
  try {
    response = await fetch(url, { credentials: "same-origin", ...options });
  } catch {
    throw new Error("The bot does not answer. It may be starting again; your line is still here.");
  }
  if (!response.ok) throw new Error(await reason(response));
  return response;
}

export async function getJson(url) {
  return (await ask(url)).json();
}

export async function getText(url) {
  return (await ask(url)).text();
}

// Fields → the stored question. Throws with a sentence.
export async function postCall(fields) {
  const body = new URLSearchParams(fields);
  return (await ask("/console/calls", { method: "POST", body })).json();
}

const roleSwitch = document.getElementById("role");

export function role() {
  return roleSwitch ? roleSwitch.value : "";
}

// Remembered for this tab, so that a reload keeps it.
export function onRole(changed) {
  if (!roleSwitch) return;
  const kept = sessionStorage.getItem("role");
  if (kept && [...roleSwitch.options].some((option) => option.value === kept)) roleSwitch.value = kept;
  roleSwitch.addEventListener("change", () => {
    sessionStorage.setItem("role", roleSwitch.value);
    changed();
  });
}

// An element with attributes and children; strings become text, never markup.
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}
