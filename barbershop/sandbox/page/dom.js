// Building blocks: elements, icons, the control API.

const SVG = "http://www.w3.org/2000/svg";
const ICONS = {
  send: "M3 4.2 21 12 3 19.8 5.2 13.2 14 12 5.2 10.8z",
  menu: "M4 6h16v2H4zm0 5h16v2H4zm0 5h16v2H4z",
  attach: "M16.5 6.5v9.25a4.5 4.5 0 0 1-9 0V6a3 3 0 0 1 6 0v8.75a1.5 1.5 0 0 1-3 0V7H9v7.75a3 3 0 0 0 6 0V6a4.5 4.5 0 0 0-9 0v9.75a6 6 0 0 0 12 0V6.5z",
  block: "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm-8 10a8 8 0 0 1 12.9-6.3L5.7 16.9A8 8 0 0 1 4 12zm8 8a8 8 0 0 1-4.9-1.7L18.3 7.1A8 8 0 0 1 12 20z",
  file: "M6 2h8l5 5v13a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2V4a2 2 0 0 1 2-2zm7 1.5V8h4.5z",
};

// element("button", {class: "x", type: "button", onclick: f}, "text", child)
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("icon");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

export async function get(path) {
  return read(await fetch(`/control/${path}`));
}

export async function post(path, body = {}) {
  return read(
    await fetch(`/control/${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    }),
  );
}

async function read(response) {
  const answer = await response.json();
  if (!answer.ok) throw new Error(answer.error ?? response.statusText);
  return answer;
}
