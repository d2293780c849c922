// One bubble: text, document or contact, time, inline keyboard. Re-rendered in place when it changes.

import { element, icon } from "./dom.js";
import { formatted } from "./text.js";
import { locale, word } from "./words.js";

export function renderMessage(item, message, acts) {
  const focused = [...item.querySelectorAll(".keys button")].indexOf(document.activeElement);
  const known = item.dataset.changed;
  item.dataset.messageId = message.id;
  item.dataset.changed = message.changed;
  item.dataset.edits = message.edits;
  item.className = message.from_bot ? "message from-bot" : "message from-person";
  item.replaceChildren(bubble(message, acts), ...keyboard(message, acts));
  if (known && known !== String(message.changed)) flash(item);
  if (focused >= 0) refocus(item, focused);
}

function bubble(message, acts) {
  const made = element("div", { class: "bubble" });
  const origin = message.extra.forward_origin;
  if (origin) made.append(element("small", { class: "origin" }, `${word("forwarded")} ${origin.sender_user_name ?? origin.sender_user?.first_name ?? ""}`));
  if (message.document) made.append(file(message.document));
  if (message.contact) made.append(contactCard(message.contact));
  if (message.text) {
    made.append(element("div", { class: "text", dir: "auto" }, ...formatted(message.text, message.entities, acts)));
  }
  made.append(when(message));
  return made;
}

function when(message) {
  const time = new Date((message.edit_date ?? message.date) * 1000);
  const clock = time.toLocaleTimeString(locale(), { hour: "2-digit", minute: "2-digit" });
  const mark = message.edits ? `${word("edited")} ` : "";
  return element("time", { class: "when", datetime: time.toISOString() }, `${mark}${clock}`);
}

function file(doc) {
  const size = doc.file_size < 1024 ? `${doc.file_size} B` : `${(doc.file_size / 1024).toFixed(1)} KB`;
  return element(
    "a",
    { class: "file", href: `/control/files/${doc.file_id}`, download: doc.file_name, "aria-label": `${word("download")}: ${doc.file_name}` },
    element("span", { class: "file-icon" }, icon("file")),
    element("span", { class: "file-name" }, element("b", {}, doc.file_name), element("small", {}, size)),
  );
}

function contactCard(contact) {
  return element(
    "div",
    { class: "contact" },
    element("small", {}, word("contact")),
    element("b", {}, contact.first_name ?? ""),
    element("span", {}, contact.phone_number ?? ""),
  );
}

function keyboard(message, acts) {
  const rows = message.markup?.inline_keyboard ?? [];
  if (!rows.length) return [];
  const keys = element("div", { class: "keys", role: "group" });
  for (const row of rows) {
    keys.append(element("div", { class: "key-row" }, ...row.map((button) => key(message, button, acts))));
  }
  return [keys];
}

function key(message, button, acts) {
  const made = element("button", { type: "button", class: "key" }, element("span", { class: "key-text" }, button.text));
  if (button.style) made.dataset.style = button.style;
  if (button.callback_data !== undefined) {
    made.dataset.callback = button.callback_data;
    made.addEventListener("click", () => acts.tap(message, button, made));
  } else if (button.url) {
    made.classList.add("outside");
    made.addEventListener("click", (event) => acts.open(button.url, event, { button: true }));
  } else if (button.copy_text) {
    made.addEventListener("click", () => navigator.clipboard?.writeText(button.copy_text.text));
  } else {
    made.disabled = true;
  }
  return made;
}

function flash(item) {
  item.classList.remove("flash");
  void item.offsetWidth; // restart the animation
  item.classList.add("flash");
}

function refocus(item, index) {
  const buttons = item.querySelectorAll(".keys button");
  const target = buttons[Math.min(index, buttons.length - 1)];
  target?.focus({ preventScroll: true });
}
