// A message's text with its entities as DOM nodes. Text only ever becomes text nodes, so nothing that a bot
// or a person writes can become markup.

import { element } from "./dom.js";

const TAGS = {
  bold: "strong",
  italic: "em",
  underline: "u",
  strikethrough: "s",
  code: "code",
  pre: "pre",
  blockquote: "blockquote",
  expandable_blockquote: "blockquote",
};
const URL_IN_TEXT = /https?:\/\/[^\s<>"']*[^\s<>"'.,:;!?)]/g;

// `acts.open(url)` follows a link, `acts.say(text)` sends a command. Offsets are UTF-16, as in JavaScript.
export function formatted(text, entities, acts) {
  const sorted = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
  return pieces(text, 0, text.length, sorted, acts);
}

function pieces(text, from, to, entities, acts) {
  const nodes = [];
  let at = from;
  for (let i = 0; i < entities.length; i += 1) {
    const start = entities[i].offset;
    const end = Math.min(start + entities[i].length, to);
    if (start < at || end <= start) continue;
    nodes.push(...plain(text.slice(at, start), acts));
    const inner = entities.slice(i + 1).filter((e) => e.offset < end);
    nodes.push(wrapped(entities[i], text.slice(start, end), pieces(text, start, end, inner, acts), acts));
    at = end;
  }
  nodes.push(...plain(text.slice(at, to), acts));
  return nodes;
}

function wrapped(entity, text, children, acts) {
  if (entity.type === "text_link") return link(entity.url, children.length ? text : entity.url, acts);
  if (entity.type === "bot_command") {
    return element("button", { type: "button", class: "command", onclick: () => acts.say(text) }, text);
  }
  if (entity.type === "spoiler") {
    const spoiler = element("button", { type: "button", class: "spoiler" }, ...children);
    spoiler.addEventListener("click", () => spoiler.classList.toggle("shown"));
    return spoiler;
  }
  return element(TAGS[entity.type] ?? "span", {}, ...children);
}

function plain(text, acts) {
  const nodes = [];
  let at = 0;
  for (const match of text.matchAll(URL_IN_TEXT)) {
    nodes.push(text.slice(at, match.index), link(match[0], match[0], acts));
    at = match.index + match[0].length;
  }
  nodes.push(text.slice(at));
  return nodes.filter((node) => node !== "");
}

export function link(url, text, acts) {
  if (!/^(https?|tg):/i.test(url)) return element("span", {}, text);
  const made = element("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, text);
  made.addEventListener("click", (event) => acts.open(url, event));
  return made;
}

// Whether a link leads to the bot with this name.
export function leadsTo(url, name) {
  try {
    const { host, pathname } = new URL(url);
    return host === "t.me" && pathname.slice(1).toLowerCase() === name.toLowerCase();
  } catch {
    return false;
  }
}
