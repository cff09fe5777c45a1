// A run's output: followed while it is written, earlier parts when asked for. It is text, never markup.
import { root } from "./api.js";
import { refresh } from "./live.js";
import { follow } from "./stream.js";

const MOST = 500_000; // characters of what came that the page holds
const BETWEEN = 50; // milliseconds
const EARLIER = 256 * 1024;

export function log() {
  const box = document.getElementById("log");
  if (!box) return;
  const view = new View(box);
  document.getElementById("log-follow").addEventListener("click", () => view.pin(!view.pinned));
  box.addEventListener("scroll", () => view.scrolled());
  document.querySelector("[data-log-earlier]")?.addEventListener("click", (event) => void view.earlier(event.target));
  document.addEventListener("refreshed", ({ detail }) => view.renewed(detail.getElementById("log")));
  view.start();
}

class View {
  constructor(box) {
    this.box = box;
    this.pinned = true;
    this.rest = "";
    this.cut = false;
    this.pending = "";
    this.held = box.textContent.length;
    this.due = null;
    this.pause = BETWEEN;
  }

  start() {
    this.bottom();
    if (this.box.dataset.active !== "yes") return;
    document.getElementById("log-follow").hidden = false;
    this.stop = new AbortController();
    void follow(`${root}/api/v1/runs/${this.box.dataset.run}/log/stream?attempt=${attempt(this.box)}`, {
      from: this.box.dataset.offset,
      signal: this.stop.signal,
      on: (event) => this.take(event),
    });
  }

  take({ event, data }) {
    if (event === "output") this.append(data.text);
    if (event !== "end") return true;
    const next = data.next_attempt;
    document.getElementById("log-state").textContent = next ? `attempt ${next} comes` : "complete";
    document.getElementById("log-follow").hidden = true;
    void refresh();
    return false;
  }

  append(text) {
    const [shown, rest] = plain(this.rest + text);
    this.rest = rest;
    if (!shown) return;
    this.pending += shown;
    if (this.pending.length > 2 * MOST) {
      this.pending = this.pending.slice(-MOST);
      this.cut = true;
    }
    this.due ??= setTimeout(() => this.flush(), this.pause);
  }

  // Where much comes, laying it out is what takes long: the page does that seldom enough to stay at hand.
  flush() {
    const begun = performance.now();
    this.due = null;
    document.getElementById("log-empty").hidden = true;
    this.box.append(this.pending);
    this.held += this.pending.length;
    this.pending = "";
    while (this.held > MOST) {
      const first = this.box.firstChild, over = Math.min(this.held - MOST, first.length);
      if (over === first.length) first.remove();
      else first.deleteData(0, over);
      this.held -= over;
      this.cut = true;
    }
    if (this.cut) this.lead();
    if (this.pinned) this.bottom();
    this.pause = Math.max(BETWEEN, 4 * (performance.now() - begun));
  }

  // Another attempt begins with an output of its own.
  renewed(fresh) {
    if (!fresh || attempt(fresh) === attempt(this.box)) return;
    this.stop?.abort();
    this.rest = "";
    this.cut = false;
    Object.assign(this.box.dataset, fresh.dataset);
    clearTimeout(this.due);
    this.due = null;
    this.pending = "";
    this.box.textContent = fresh.textContent;
    this.held = this.box.textContent.length;
    this.lead();
    this.start();
  }

  // Says what the page leaves out before its first line. What it has let go itself stands behind that: no way leads there.
  lead() {
    const begin = Number(this.box.dataset.begin), place = document.getElementById("log-earlier");
    place.hidden = begin === 0 || this.cut;
    place.querySelector("span").textContent = begin.toLocaleString("en");
  }

  async earlier(button) {
    const { run, attempt, begin } = this.box.dataset;
    const offset = Math.max(Number(begin) - EARLIER, 0);
    button.disabled = true;
    const query = new URLSearchParams({ attempt, offset, limit: Number(begin) - offset });
    const answer = await fetch(`${root}/api/v1/runs/${run}/log?${query}`, { credentials: "same-origin" });
    button.disabled = false;
    if (!answer.ok) return;
    const { text, offset: from } = await answer.json();
    const height = this.box.scrollHeight;
    this.box.prepend(plain(text)[0]);
    this.box.scrollTop += this.box.scrollHeight - height;
    this.box.dataset.begin = String(from);
    this.lead();
  }

  scrolled() {
    const atEnd = this.box.scrollHeight - this.box.scrollTop - this.box.clientHeight < 24;
    if (atEnd !== this.pinned) this.pin(atEnd, false);
  }

  pin(pinned, move = true) {
    this.pinned = pinned;
    document.getElementById("log-follow").setAttribute("aria-pressed", String(pinned));
    if (pinned && move) this.bottom();
  }

  bottom() {
    this.box.scrollTop = this.box.scrollHeight;
  }
}

// A run that waits for its first attempt is followed from there on.
function attempt(box) {
  return Math.max(Number(box.dataset.attempt), 1);
}

// What the server does with the part that it sends: no sequences of terminals, control characters as pictures.
function plain(text) {
  const cut = /\x1b(\[[0-9;:]*|\][^\x07\x1b]*)?$/.exec(text);
  const whole = cut ? text.slice(0, cut.index) : text;
  const shown = whole
    .replace(/\x1b\[[0-9;:]*[A-Za-z]|\x1b\][^\x07\x1b]*(\x07|\x1b\\)/g, "")
    .replaceAll("\r\n", "\n")
    .replace(/[\x00-\x08\x0b-\x1f]/g, (character) => String.fromCodePoint(0x2400 + character.codePointAt(0)))
    .replaceAll("\x7f", "\u2421");
  return [shown, cut ? cut[0] : ""];
}
