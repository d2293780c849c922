// Assembly: people in columns, kept fresh by the event feed.

import { Column } from "./column.js";
import { get, post } from "./dom.js";
import { Panel } from "./panel.js";
import { remembered, speak, word } from "./words.js";

const WAIT_SECONDS = 25;
const RETRY_MS = 1500;
const COUNTERS_MS = 400;

const columns = new Map();
const people = document.getElementById("people");
const panel = new Panel();
let bot = { username: "" };
let countersTimer = null;
let link = new URLSearchParams(location.search); // a deep link: ?start=<payload>, and &person=<id> for one phone only

async function loadPeople() {
  const answer = await get("people");
  bot = answer.bot;
  const present = new Set();
  for (const person of answer.people) {
    present.add(person.id);
    if (!columns.has(person.id)) {
      const column = new Column(person, bot);
      columns.set(person.id, column);
      people.append(column.root);
    }
  }
  for (const [id, column] of columns) {
    if (present.has(id)) continue;
    column.root.remove();
    columns.delete(id);
  }
  await Promise.all([...columns.values()].map((column) => column.refresh()));
  for (const column of columns.values()) column.redraw();
  followLink();
  return answer.seq;
}

function followLink() {
  const payload = link?.get("start") ?? null;
  const only = link?.get("person");
  link = null;
  if (payload === null) return;
  for (const [id, column] of columns) {
    if (!only || only === String(id)) column.offerStart(payload);
  }
}

// Also after a restart of the server, whose numbers begin anew.
function startOver() {
  for (const column of columns.values()) column.seq = 0;
  return loadPeople();
}

async function follow(seq) {
  for (;;) {
    const answer = await get(`events?after=${seq}&timeout=${WAIT_SECONDS}`);
    seq = answer.seq;
    if (answer.events.some((event) => event.kind === "reset")) seq = await startOver();
    else await handle(answer.events);
    soonCount();
  }
}

async function handle(events) {
  if (events.some((event) => event.kind === "people" || event.kind === "profile")) await loadPeople();
  const touched = new Set();
  for (const event of events) {
    const column = columns.get(event.person);
    if (!column) continue;
    if (event.kind === "message" || event.kind === "deleted") touched.add(column);
    if (event.kind === "answer") column.answered(event);
    if (event.kind === "action") column.typing();
  }
  await Promise.all(
    [...touched].map((column) => {
      column.stopTyping();
      return column.refresh();
    }),
  );
}

function soonCount() {
  countersTimer ??= setTimeout(async () => {
    countersTimer = null;
    try {
      showState(await panel.refresh());
    } catch {
      showState(null);
    }
  }, COUNTERS_MS);
}

function showState(counters) {
  const state = counters === null ? "offline" : counters.webhook ? "webhook" : counters.bot_seen ? "botConnected" : "botAway";
  const place = document.querySelector(".bar-state");
  place.dataset.state = state;
  place.querySelector(".bar-state-text").textContent = word(state);
}

async function run() {
  for (;;) {
    try {
      const seq = await startOver();
      soonCount();
      await follow(seq);
    } catch {
      showState(null);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

function chooseLanguage(code) {
  speak(code);
  for (const button of document.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === code));
  }
  for (const column of columns.values()) {
    column.redraw();
    for (const item of column.items.values()) delete item.dataset.changed;
    column.refresh().catch(() => {});
  }
  soonCount();
}

function newPerson() {
  const dialog = document.getElementById("new-person");
  const form = document.getElementById("new-person-form");
  const error = document.getElementById("new-person-error");
  document.getElementById("add-person").addEventListener("click", () => {
    form.reset();
    error.textContent = "";
    form.elements.id.value = Math.max(1000, ...columns.keys()) + 1;
    dialog.showModal();
  });
  document.getElementById("new-person-cancel").addEventListener("click", () => dialog.close());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await post("people", Object.fromEntries(new FormData(form)));
      dialog.close();
    } catch (problem) {
      error.textContent = problem.message;
    }
  });
}

for (const button of document.querySelectorAll("[data-language]")) {
  button.addEventListener("click", () => chooseLanguage(button.dataset.language));
}
newPerson();
chooseLanguage(remembered());
setInterval(soonCount, 5000);
run();
