// The sidebar: what this person may run, how the sources are; and the first commands of an empty page.

import { getJson, make } from "./api.js";

const side = document.getElementById("side");
const menu = document.getElementById("menu");
const HEALTH_EVERY = 15000;

export function startMenu() {
  const show = (open) => {
    side.classList.toggle("open", open);
    menu.setAttribute("aria-expanded", String(open));
  };
  menu.addEventListener("click", () => show(!side.classList.contains("open")));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && side.classList.contains("open")) {
      show(false);
      menu.focus();
    }
  });
  side.addEventListener("click", (event) => {
    if (event.target.closest("button")) show(false);
  });
}

export function showCommands(table, { pick, run }) {
  const rows = table.commands.map((command) => {
    const button = make("button", { type: "button", title: command.usage }, make("b", {}, command.name));
    button.append(make("small", {}, command.summary));
    button.addEventListener("click", () => pick(command));
    return make("li", {}, button);
  });
  const none = make("li", { class: "none" }, "No rights yet: list platform console, user operator in SOC_BOT_ACCESS.");
  document.getElementById("commands").replaceChildren(...(rows.length ? rows : [none]));
  const first = table.first.map(({ line, summary }) => {
    const button = make("button", { type: "button" }, make("code", {}, `/security ${line}`));
    button.append(make("small", {}, summary));
    button.addEventListener("click", () => run(line));
    return make("li", {}, button);
  });
  document.getElementById("first").replaceChildren(...first);
}

export function startHealth() {
  const word = document.getElementById("health-word");
  const list = document.getElementById("health");
  const refresh = async () => {
    let next = HEALTH_EVERY;
    try {
      const report = await getJson("/console/health");
      word.textContent = report.status;
      // Just after a start the ports are still being asked.
      if (!Object.keys(report.ports).length) next = 1500;
      const rows = Object.entries(report.ports).map(([name, port]) => row(name, port.ok, port.detail));
      list.replaceChildren(...rows, ...report.warnings.map((text) => row(text, false, "")));
    } catch (error) {
      word.textContent = "unknown";
      list.replaceChildren(row("The bot does not answer", false, error.message));
    }
    setTimeout(refresh, next);
  };
  refresh();
}

// The state is a word too, not a colour alone.
function row(name, ok, detail) {
  const dot = make("span", { class: `dot ${ok ? "dot-ok" : "dot-bad"}`, "aria-hidden": "true" });
  const item = make("li", { title: detail || name }, dot, make("span", {}, name === "siem" ? "SIEM" : name));
  item.append(make("small", {}, ok ? "ok" : "degraded"));
  return item;
}
