// Faults to order, the journal, the counters.

import { element, get, post } from "./dom.js";
import { locale, word } from "./words.js";

const KINDS = ["retry_after", "drop_before", "drop_after", "server_error", "bad_gateway", "garbage", "slow", "hang"];
const SHOWN = 40;
const find = (id) => document.getElementById(id);

export class Panel {
  constructor() {
    this.panel = find("panel");
    this.toggle = find("panel-toggle");
    this.toggle.addEventListener("click", () => this.open(this.panel.hidden));
    find("clear-faults").addEventListener("click", () => this.plan("faults/clear", {}));
    find("redeliver").addEventListener("click", () => this.redeliver());
    find("fault-buttons").append(...KINDS.map((kind) => this.faultButton(kind)));
  }

  faultButton(kind) {
    const order = () =>
      this.plan("faults", {
        kind,
        method: find("fault-method").value || null,
        seconds: Number(find("fault-seconds").value) || 1,
        times: Number(find("fault-times").value) || 1,
      });
    return element("button", { type: "button", "data-testid": `fault-${kind}`, "data-words": kind, onclick: order });
  }

  open(show) {
    this.panel.hidden = !show;
    this.toggle.setAttribute("aria-expanded", String(show));
    if (show) this.refresh();
  }

  async plan(path, body) {
    this.showPlanned(await post(path, body));
  }

  async redeliver() {
    const note = find("redeliver-note");
    try {
      note.textContent = `${word("redelivered")} ${(await post("redeliver")).update_id}`;
    } catch (error) {
      note.textContent = error.message;
    }
  }

  async refresh() {
    const counters = await get("counters");
    this.showCounters(counters);
    if (this.panel.hidden) return counters;
    this.showPlanned(await get("faults"));
    this.showJournal((await get("requests")).requests);
    return counters;
  }

  showCounters(counters) {
    const sum = (table) => Object.values(table).reduce((a, b) => a + b, 0);
    const values = {
      calls: sum(counters.calls) - (counters.calls.getUpdates ?? 0),
      errors: counters.error_count,
      unanswered: counters.unanswered,
      complaints: counters.complaint_count,
      unknown: sum(counters.unknown_methods),
      pending: counters.pending_updates,
    };
    const details = { errors: Object.keys(counters.errors), complaints: counters.complaints, unknown: Object.keys(counters.unknown_methods) };
    for (const [name, value] of Object.entries(values)) {
      const place = document.querySelector(`[data-counter="${name}"]`);
      place.textContent = value;
      place.classList.toggle("bad", "bad" in place.dataset && value > 0);
      place.parentElement.title = (details[name] ?? []).join("\n");
    }
  }

  showPlanned({ planned }) {
    const line = (fault) => `${word(fault.kind)} × ${fault.times}${fault.method ? ` · ${fault.method}` : ""}`;
    find("planned").replaceChildren(...planned.map((fault) => element("li", {}, line(fault))));
  }

  showJournal(requests) {
    const lines = requests.slice(-SHOWN).reverse().map((request) => {
      const time = new Date(request.ts * 1000).toLocaleTimeString(locale());
      const outcome = request.fault ? `⚡ ${word(request.fault)}` : request.ok ? "" : `${request.code} ${request.description}`;
      return element(
        "li",
        { class: request.ok && !request.fault ? "" : "bad" },
        element("time", {}, time),
        element("b", {}, request.method),
        element("span", {}, [request.chat_id ?? "", outcome].filter(Boolean).join(" · ")),
      );
    });
    find("journal").replaceChildren(...(lines.length ? lines : [element("li", {}, word("emptyJournal"))]));
  }
}
