// Puts the page's parts together.

import { complain, getJson, onRole, postCall, role } from "./api.js";
import { startComposer } from "./composer.js";
import { startFeed } from "./feed.js";
import { startRooms } from "./rooms.js";
import { startHealth, startMenu, showCommands } from "./side.js";

const composer = startComposer({ send: (line) => send({ line, via: "typed" }) });
const feed = startFeed({
  press: (line, label) => send({ line, label, via: "button" }),
  submit: (fields) => send(fields),
  asked: (entry) => composer.remember(entry),
  role,
});
const rooms = startRooms(feed.open);

async function send(fields) {
  try {
    const entry = await postCall({ ...fields, role: role(), room: rooms.current() });
    complain("");
    feed.show(entry);
    rooms.look();
    return true;
  } catch (error) {
    complain(error.message);
    return false;
  }
}

async function loadCommands() {
  try {
    const table = await getJson(`/console/commands?role=${encodeURIComponent(role())}`);
    composer.know(table.commands);
    showCommands(table, { pick: composer.fill, run: (line) => send({ line, via: "button" }) });
  } catch (error) {
    complain(error.message);
  }
}

onRole(() => {
  loadCommands();
  rooms.look();
  composer.focus();
});
startMenu();
startHealth();
loadCommands();
