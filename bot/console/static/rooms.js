// Conversations beside one's own: rooms of crises, and what was written to one's account. Switched at the side.

import { complain, getJson, make, role } from "./api.js";

const EVERY = 4000;
const section = document.getElementById("rooms-section");
const list = document.getElementById("rooms");
let current = "";
let known = [];
// Where one was before a reload.
let again = sessionStorage.getItem("room") || "";
const visited = new Set(["", ...JSON.parse(sessionStorage.getItem("visited") || "[]")]);
let open = () => {};

export function startRooms(opens) {
  open = opens;
  refresh();
  return { look, current: () => current };
}

// The list again now, and a little later: a room is made after the answer that asked for it.
export function look() {
  load();
  setTimeout(load, 1200);
}

async function refresh() {
  await load();
  setTimeout(refresh, EVERY);
}

async function load() {
  if (document.hidden) return;
  try {
    known = (await getJson(`/console/rooms?role=${encodeURIComponent(role())}`)).rooms;
  } catch (error) {
    complain(error.message);
    return;
  }
  const there = (name) => known.some((room) => room.name === name);
  if (current && !there(current)) go("");
  else if (again && there(again)) go(again);
  else show();
  again = "";
}

function go(name) {
  current = name;
  visited.add(name);
  sessionStorage.setItem("visited", JSON.stringify([...visited]));
  sessionStorage.setItem("room", name);
  open(name);
  show();
}

function show() {
  section.hidden = !known.length;
  const own = { name: "", title: "Only you and the bot" };
  list.replaceChildren(...[own, ...known].map(row));
}

function row(room) {
  const label = room.name.startsWith("@") ? room.title : room.name ? `# ${room.name}` : "Direct";
  const button = make("button", { type: "button", title: room.title, "aria-current": room.name === current && "true" });
  button.append(make("b", {}, label), make("small", {}, room.name.startsWith("@") ? "Direct messages" : room.title));
  if (!visited.has(room.name)) button.append(make("span", { class: "new" }, "new"));
  button.addEventListener("click", () => go(room.name));
  return make("li", {}, button);
}
