// One person's phone: header, messages, input, command menu, toasts.

import { element, get, icon, post } from "./dom.js";
import { renderMessage } from "./message.js";
import { popup } from "./popup.js";
import { leadsTo } from "./text.js";
import { word } from "./words.js";

const TOAST_MS = 4000;
const SHOWN = 200;
const TYPING_MS = 5000;
const COLOURS = 7;

export class Column {
  constructor(person, bot) {
    this.person = person;
    this.bot = bot;
    this.commands = [];
    this.items = new Map();
    this.waiting = new Map();
    this.seq = 0;
    this.payload = null;
    this.build();
    this.redraw();
  }

  build() {
    const { id } = this.person;
    this.list = element("ol", { class: "messages", role: "log", "aria-live": "polite", tabindex: "0" });
    this.toasts = element("div", { class: "toasts", role: "status", "aria-live": "assertive" });
    this.alert = element("dialog", { class: "alert", "data-testid": "alert" });
    this.head = element("header", { class: "phone-head" });
    this.foot = element("footer", { class: "phone-foot" });
    this.replyKeys = element("div", { class: "reply-keys", "data-testid": "reply-keyboard" });
    this.input = element("textarea", { class: "input", rows: "1", maxlength: "4096", "data-testid": "composer" });
    this.input.addEventListener("keydown", (event) => this.onKey(event));
    this.input.addEventListener("input", () => this.grow());
    this.body = element("div", { class: "phone-body" }, this.list, this.toasts, this.alert);
    this.root = element(
      "section",
      { class: "phone", "data-person": id, "data-testid": `person-${id}` },
      this.head,
      this.body,
      this.foot,
    );
  }

  // --- what the bot and the person did

  update(state) {
    if (state.seq < this.seq) return; // an older answer that came late
    this.seq = state.seq;
    const restart = this.person.started !== state.person.started || this.person.blocked !== state.person.blocked;
    this.person = state.person;
    this.commands = state.commands;
    const atBottom = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 80;
    const grew = this.show(state.messages);
    this.showReplyKeyboard(state.messages);
    if (restart) this.redraw();
    if (grew || atBottom) this.list.scrollTop = this.list.scrollHeight;
  }

  show(messages) {
    let grew = false;
    const present = new Set();
    for (const message of messages) {
      present.add(message.id);
      let item = this.items.get(message.id);
      if (!item) {
        item = element("li", {});
        this.items.set(message.id, item);
        this.list.append(item);
        grew = true;
      }
      if (item.dataset.changed !== String(message.changed)) renderMessage(item, message, this);
    }
    for (const [id, item] of this.items) {
      if (present.has(id)) continue;
      item.remove();
      this.items.delete(id);
    }
    this.root.classList.toggle("empty", messages.length === 0);
    return grew;
  }

  showReplyKeyboard(messages) {
    const last = messages.findLast((m) => m.from_bot && (m.markup?.keyboard || m.markup?.remove_keyboard));
    const rows = last?.id === this.usedKeyboard ? [] : (last?.markup.keyboard ?? []);
    this.replyKeys.hidden = rows.length === 0;
    this.replyKeys.replaceChildren(
      ...rows.map((row) =>
        element("div", { class: "key-row" }, ...row.map((button) => this.replyKey(button, last))),
      ),
    );
  }

  replyKey(button, message) {
    const press = () => {
      if (message.markup.one_time_keyboard) this.usedKeyboard = message.id;
      if (button.request_contact) this.act("contact", {});
      else this.say(button.text);
    };
    return element("button", { type: "button", class: "reply-key", onclick: press }, button.text);
  }

  answered(event) {
    this.waiting.get(event.query)?.classList.remove("busy");
    this.waiting.delete(event.query);
    if (!event.text) return;
    if (event.show_alert) this.showAlert(event.text);
    else this.toast(event.text);
  }

  typing() {
    this.root.classList.add("typing");
    clearTimeout(this.typingTimer);
    this.typingTimer = setTimeout(() => this.root.classList.remove("typing"), TYPING_MS);
  }

  stopTyping() {
    this.root.classList.remove("typing");
  }

  // --- what the person does

  async tap(message, button, key) {
    key.classList.add("busy");
    const answer = await this.act("tap", { message_id: message.id, button: button.callback_data });
    if (!answer) key.classList.remove("busy");
    else if (answer.query.answer === null) this.waiting.set(answer.query.id, key);
  }

  say(text) {
    return this.act("text", { text });
  }

  // A deep link to this very bot is opened here: the person presses Start with its payload.
  open(url, event, { button = false } = {}) {
    if (leadsTo(url, this.bot.username)) {
      event.preventDefault();
      this.act("open", { url });
    } else if (button && /^https?:/i.test(url)) {
      window.open(url, "_blank", "noopener,noreferrer");
    }
  }

  // A deep link was followed: as in Telegram, a Start button takes the place of the composer.
  offerStart(payload) {
    this.payload = payload;
    this.drawFoot();
  }

  async start() {
    const payload = this.payload ?? "";
    this.payload = null;
    await this.act("open", { payload });
    this.drawFoot();
  }

  async act(action, body) {
    try {
      return await post(`people/${this.person.id}/${action}`, body);
    } catch (error) {
      this.toast(error.message);
      return null;
    }
  }

  async refresh() {
    this.update(await get(`people/${this.person.id}/history?limit=${SHOWN}`));
  }

  // --- drawing

  redraw() {
    this.root.setAttribute("aria-label", `${word("chatWith")} ${this.person.first_name}`);
    this.list.setAttribute("aria-label", word("messages"));
    this.body.dataset.hint = word("startHint");
    this.drawHead();
    this.drawFoot();
  }

  drawHead() {
    const { person } = this;
    const name = [person.first_name, person.last_name].filter(Boolean).join(" ");
    const label = person.label ? `${word(person.label)} · ` : "";
    const action = person.blocked ? "unblock" : "block";
    this.head.replaceChildren(
      element("span", { class: `avatar colour-${person.id % COLOURS}`, "aria-hidden": "true" }, name.slice(0, 1)),
      element(
        "div",
        { class: "who" },
        element("h2", {}, name),
        element("p", { class: "who-note" }, `${label}id ${person.id} · ${person.language_code}`),
        element("p", { class: "who-typing" }, word("typing")),
      ),
      element(
        "button",
        {
          type: "button",
          class: "round",
          "data-testid": "block",
          "aria-label": word(action),
          title: word(action),
          "aria-pressed": String(person.blocked),
          onclick: () => this.act("block", { blocked: !this.person.blocked }),
        },
        icon("block"),
      ),
    );
  }

  drawFoot() {
    if (this.person.blocked) this.foot.replaceChildren(this.blockedFoot());
    else if (!this.person.started || this.payload !== null) this.foot.replaceChildren(this.startFoot());
    else this.foot.replaceChildren(...this.writingFoot());
  }

  blockedFoot() {
    const unblock = () => this.act("block", { blocked: false });
    return element(
      "div",
      { class: "foot-note" },
      element("p", {}, word("blockedHint")),
      element("button", { type: "button", class: "primary wide", "data-testid": "unblock", onclick: unblock }, word("unblock")),
    );
  }

  startFoot() {
    const start = element(
      "button",
      { type: "button", class: "primary wide start", "data-testid": "start", onclick: () => this.start() },
      word("start"),
    );
    return element("div", { class: "foot-note" }, start);
  }

  writingFoot() {
    this.input.placeholder = word("write");
    this.input.setAttribute("aria-label", word("write"));
    const attach = () => [
      { label: word("ownContact"), act: () => this.act("contact", {}) },
      { label: word("foreignContact"), act: () => this.act("contact", { contact: STRANGER }) },
      { label: word("forward"), act: () => this.act("forward", { text: this.input.value.trim() || word("hello"), origin: AUTHOR }) },
    ];
    const commands = () =>
      this.commands.map((c) => ({ label: `/${c.command}`, note: c.description, act: () => this.say(`/${c.command}`) }));
    return [
      element(
        "div",
        { class: "composer" },
        popup("menu", "menu", commands),
        this.input,
        popup("attach", "attach", attach),
        element(
          "button",
          { type: "button", class: "round send", "data-testid": "send", "aria-label": word("send"), onclick: () => this.submit() },
          icon("send"),
        ),
      ),
      this.replyKeys,
    ];
  }

  submit() {
    const text = this.input.value.trim();
    if (!text) return;
    this.input.value = "";
    this.grow();
    this.say(text);
  }

  onKey(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.submit();
  }

  grow() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, 120)}px`;
  }

  toast(text) {
    const made = element("p", { class: "toast", "data-testid": "toast" }, text);
    this.toasts.append(made);
    setTimeout(() => made.remove(), TOAST_MS);
  }

  showAlert(text) {
    const ok = element("button", { type: "button", class: "primary", onclick: () => this.alert.close() }, word("ok"));
    this.alert.replaceChildren(element("p", {}, text), ok);
    this.alert.setAttribute("aria-label", text);
    if (!this.alert.open) this.alert.show();
    ok.focus();
  }
}

const AUTHOR = { type: "hidden_user", sender_user_name: "Незнакомец" };
const STRANGER = { phone_number: "+79990000000", first_name: "Незнакомец", user_id: 999000 };
