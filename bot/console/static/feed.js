// The conversations: each follows its feed; an answer takes the place of its "working" line, a board that of its last.

import { complain, getJson, make } from "./api.js";
import { dress, instant } from "./card.js";

const pinned = document.getElementById("pinned");
const scroll = document.getElementById("scroll");
const said = document.getElementById("said");
const seen = new Set();
const turns = new Map();
let handlers = {};
const panes = new Map([["", pane(document.getElementById("messages"))]]);
let current = "";
let beside = null;
let settled = false;
let quiet = 0;

export function startFeed(given) {
  handlers = given;
  follow("/console/stream");
  return { show, open };
}

function pane(list) {
  return { list, boards: new Map() };
}

function paneOf(room) {
  if (!panes.has(room)) {
    const list = make("ol", { class: "messages", "aria-label": `Messages of ${room}`, hidden: true });
    scroll.append(list);
    panes.set(room, pane(list));
  }
  return panes.get(room);
}

// Another conversation; its feed is followed while it is shown, and told from its beginning when it is shown again.
export function open(room) {
  if (room === current) return;
  if (beside) beside.close();
  beside = null;
  current = room;
  paneOf(room);
  for (const [name, { list }] of panes) list.hidden = name !== room;
  boards();
  settled = false;
  settle();
  const about = `room=${encodeURIComponent(room)}&role=${encodeURIComponent(handlers.role())}`;
  if (room) follow(`/console/stream?${about}`, room);
  scroll.scrollTop = scroll.scrollHeight;
}

function boards() {
  pinned.replaceChildren(...paneOf(current).boards.values());
  pinned.hidden = !pinned.children.length;
}

function follow(url, room = "") {
  const source = new EventSource(url);
  if (room) beside = source;
  source.onopen = () => {
    complain("");
    settle();
  };
  source.onmessage = (event) => show(JSON.parse(event.data));
  source.onerror = async () => {
    if (source.readyState !== EventSource.CLOSED) {
      complain("The connection to the bot was lost; trying again …");
      return;
    }
    // A refusal, not a lost line: the browser gives up, so we find out why and go on asking.
    try {
      await getJson("/console/health");
    } catch (error) {
      complain(error.message);
    }
    if (!room || source === beside) setTimeout(() => (!room || source === beside) && follow(url, room), 3000);
  };
}

// What is replayed after a reload appears at once and at its end; only what comes later is announced and scrolled to.
function settle() {
  clearTimeout(quiet);
  quiet = setTimeout(() => {
    if (!settled) scroll.scrollTop = scroll.scrollHeight;
    settled = true;
    empty();
  }, 250);
}

function empty() {
  document.getElementById("empty").hidden = !settled || current !== "" || paneOf("").list.children.length > 0;
}

export function show(entry) {
  if (seen.has(entry.id)) return;
  seen.add(entry.id);
  if (!settled && entry.kind !== "asked") settle();
  if (entry.kind === "asked") asked(entry);
  else if (entry.board) board(entry);
  else if (entry.kind === "post") posted(entry);
  else answered(entry);
  empty();
}

// In a room a board is beside the conversation, replaced in place; there is one of each.
function board(entry) {
  const { boards: kept } = paneOf(entry.room || "");
  const item = make("section", { class: "pinned-board", "aria-label": "Pinned board" });
  item.append(make("p", { class: "who" }, make("b", {}, "Pinned"), "updated ", instant(entry.at)), dress(entry, handlers));
  kept.set(entry.board, item);
  if ((entry.room || "") === current) boards();
}

function posted(entry) {
  const { list } = paneOf(entry.room || "");
  const stay = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight > 200;
  list.append(card(entry));
  if (!list.hidden && !stay) scroll.scrollTop = scroll.scrollHeight;
}

function asked(entry) {
  // In a room whoever speaks is named; in one's own conversation it is oneself.
  const who = make("p", { class: "who" }, make("b", {}, entry.room ? entry.role || "operator" : "You"));
  if (entry.role && !entry.room) who.append(make("span", { class: "role" }, entry.role));
  who.append(instant(entry.at));
  // A press is told by the button's words; the line it typed is what was parsed and authorised.
  const words = entry.label
    ? make("p", { class: "said pressed", title: entry.line }, entry.label)
    : make("p", { class: "said" }, entry.line);
  const item = make("li", { class: entry.room ? "mine theirs" : "mine" }, who, words);
  const wait = make("li", { class: "waiting", "aria-hidden": "true" }, make("i"), make("i"), make("i"));
  paneOf(entry.room || "").list.append(item, wait);
  turns.set(entry.call, { item, slot: wait, at: entry.at, done: false });
  handlers.asked(entry);
  scroll.scrollTop = scroll.scrollHeight;
}

function answered(entry) {
  const turn = turns.get(entry.call);
  if (turn && turn.done) return;
  const item = card(entry, turn && turn.at);
  if (!turn) {
    paneOf(entry.room || "").list.append(item);
    return;
  }
  turn.slot.replaceWith(item);
  turn.slot = item;
  turn.done = entry.kind === "answer";
  if (!settled) scroll.scrollTop = scroll.scrollHeight;
  else reveal(turn.item, item);
}

function card(entry, since) {
  const who = make("p", { class: "who" }, make("b", {}, "SOC manager bot"), instant(entry.at));
  const took = since ? (new Date(entry.at) - new Date(since)) / 1000 : -1;
  if (took >= 0 && entry.kind === "answer") who.append(make("span", {}, took < 0.1 ? "<0.1 s" : `${took.toFixed(1)} s`));
  if (entry.aside && entry.room) who.append(make("span", { class: "role" }, "only you see this"));
  const item = make("li", { class: `bots ${entry.kind}` }, who, dress(entry, handlers));
  if (settled) announce(item, entry.kind);
  return item;
}

// Screen readers hear the title and the verdict, not the whole card.
function announce(item, kind) {
  const title = item.querySelector(".doc-title");
  const verdict = item.querySelector(".verdict, .notice");
  said.textContent = [title, kind === "working" ? null : verdict]
    .filter(Boolean)
    .map((element) => element.textContent.trim())
    .join(". ");
}

// A card is taller than the window: show the question and the card's head rather than its end.
function reveal(question, item) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const tall = item.offsetHeight + question.offsetHeight > scroll.clientHeight;
  (tall ? question : item).scrollIntoView({ behavior: calm ? "auto" : "smooth", block: tall ? "start" : "end" });
}
