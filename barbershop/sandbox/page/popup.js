// A button with a list that opens above it: the command menu, the attachments.

import { element, icon } from "./dom.js";
import { word } from "./words.js";

// `entries()` gives [{label, note?, act}] each time the list opens.
export function popup(name, label, entries) {
  const list = element("div", { class: "popup", role: "menu", hidden: true, "data-testid": `${name}-list` });
  const button = element(
    "button",
    {
      type: "button",
      class: "round",
      "data-testid": name,
      "aria-label": word(label),
      title: word(label),
      "aria-haspopup": "menu",
      "aria-expanded": "false",
    },
    icon(name),
  );
  const show = (open) => {
    list.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    if (!open) return;
    list.replaceChildren(...items(entries(), () => show(false)));
    list.querySelector("button")?.focus();
  };
  button.addEventListener("click", () => show(list.hidden));
  const holder = element("div", { class: "popup-holder" }, button, list);
  holder.addEventListener("focusout", (event) => holder.contains(event.relatedTarget) || show(false));
  holder.addEventListener("keydown", (event) => {
    if (event.key === "Escape") button.focus();
    if (event.key === "Escape") show(false);
    if (event.key === "ArrowDown" || event.key === "ArrowUp") step(list, event);
  });
  return holder;
}

function step(list, event) {
  const buttons = [...list.querySelectorAll("button")];
  const at = buttons.indexOf(document.activeElement);
  if (!buttons.length || at < 0) return;
  event.preventDefault();
  buttons[(at + (event.key === "ArrowDown" ? 1 : buttons.length - 1)) % buttons.length].focus();
}

function items(entries, close) {
  if (!entries.length) return [element("p", { class: "note" }, word("noCommands"))];
  return entries.map(({ label, note, act }) => {
    const choose = () => {
      close();
      act();
    };
    return element(
      "button",
      { type: "button", role: "menuitem", onclick: choose },
      element("b", {}, label),
      note ? element("span", {}, note) : null,
    );
  });
}
