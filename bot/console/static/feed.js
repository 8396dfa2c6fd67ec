// The conversation: follows the server's feed; an answer takes the place of its "working" line.

import { complain, getJson, make } from "./api.js";
import { dress, instant } from "./card.js";

const messages = document.getElementById("messages");
const scroll = document.getElementById("scroll");
const said = document.getElementById("said");
const seen = new Set();
const turns = new Map();
let handlers = {};
let settled = false;
let quiet = 0;

export function startFeed(given) {
  handlers = given;
  follow();
  return { show };
}

function follow() {
  const source = new EventSource("/console/stream");
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
    setTimeout(follow, 3000);
  };
}

// What is replayed after a reload appears at once and at its end; only what comes later is announced and scrolled to.
function settle() {
  clearTimeout(quiet);
  quiet = setTimeout(() => {
    settled = true;
    empty();
  }, 250);
}

function empty() {
  document.getElementById("empty").hidden = !settled || messages.children.length > 0;
}

export function show(entry) {
  if (seen.has(entry.id)) return;
  seen.add(entry.id);
  if (!settled && entry.kind !== "asked") settle();
  if (entry.kind === "asked") asked(entry);
  else if (entry.kind === "post") messages.append(card(entry));
  else answered(entry);
  empty();
}

function asked(entry) {
  const who = make("p", { class: "who" }, make("b", {}, "You"));
  if (entry.role) who.append(make("span", { class: "role" }, entry.role));
  who.append(instant(entry.at));
  // A press is told by the button's words; the line it typed is what was parsed and authorised.
  const words = entry.label
    ? make("p", { class: "said pressed", title: entry.line }, entry.label)
    : make("p", { class: "said" }, entry.line);
  const item = make("li", { class: "mine" }, who, words);
  const wait = make("li", { class: "waiting", "aria-hidden": "true" }, make("i"), make("i"), make("i"));
  messages.append(item, wait);
  turns.set(entry.call, { item, slot: wait, at: entry.at, done: false });
  handlers.asked(entry);
  scroll.scrollTop = scroll.scrollHeight;
}

function answered(entry) {
  const turn = turns.get(entry.call);
  if (turn && turn.done) return;
  const item = card(entry, turn && turn.at);
  if (!turn) {
    messages.append(item);
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
