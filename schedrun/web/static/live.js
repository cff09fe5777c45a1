// Keeps the page as the service is: hints come over a stream, and what they mean is asked for as the page itself.
import { root } from "./api.js";
import { count, setNow } from "./clock.js";
import { morph } from "./morph.js";
import { follow } from "./stream.js";

const SETTLE = 150;
const LEAST_BETWEEN = 800;
const WITHOUT_STREAM = 15_000;
const AT_LEAST_EVERY = 60_000;
const WORDS = { on: "Live", lost: "Reconnecting …", stale: "Cannot refresh", out: "Logged out: log in again" };

let connected = false, out = false;
let waiting = null, running = null, next = null, finished = 0, took = 0;

export function live() {
  if (!about()) return;
  let stop = new AbortController();
  const connect = () => {
    stop = new AbortController();
    void follow(`${root}/api/v1/events`, { on: hint, state: show, signal: stop.signal });
  };
  // A page that nobody sees holds no stream: the service has only so many, and so has the browser.
  document.addEventListener("visibilitychange", () => {
    stop.abort();
    if (!document.hidden) connect();
  });
  if (!document.hidden) connect();
  setInterval(() => {
    const idle = Date.now() - finished;
    if (!document.hidden && idle > (connected ? AT_LEAST_EVERY : WITHOUT_STREAM)) soon();
  }, 1000);
  finished = Date.now();
}

// Asks for the page again now, and returns once it shows: an answer that was asked for before may be of before.
export function refresh() {
  if (running) {
    next ??= running.then(() => {
      next = null;
      return refresh();
    });
    return next;
  }
  running = fetchPage().finally(() => { running = null; });
  return running;
}

function hint({ event, data }) {
  if (event === "reset") void refresh();
  else if (concerns(event, data ?? {})) soon();
  if (event === "run" && ["failed", "timed_out", "interrupted"].includes(data?.status)) announce(data);
}

function about() {
  return document.body.dataset.live ?? "";
}

function concerns(event, { job, run }) {
  const [kind, name] = about().split(" ");
  if (kind === "all" || event === "sync") return true;
  if (kind === "job") return job === name;
  if (kind === "run") return run === name;
  return kind === "plan" && event === "job";
}

function soon() {
  if (waiting) return;
  // A page that takes long is not asked for all the time.
  const due = finished + Math.max(LEAST_BETWEEN, 4 * took);
  waiting = setTimeout(() => {
    waiting = null;
    if (running) void running.then(soon);
    else void refresh();
  }, Math.max(SETTLE, due - Date.now()));
}

async function fetchPage() {
  const begun = Date.now();
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store", credentials: "same-origin" });
    out = answer.status === 401;
    if (!answer.ok && answer.status !== 404) throw new Error(String(answer.status));
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    apply(fresh);
    if (connected) show("on");
  } catch {
    if (out) show("out");
    else if (connected) show("stale");
  }
  finished = Date.now();
  took = finished - begun;
}

function apply(fresh) {
  setNow(fresh.documentElement.dataset.now);
  for (const id of ["main", "verdict", "caller"]) {
    const [from, to] = [document.getElementById(id), fresh.getElementById(id)];
    if (from && to) morph(from, to);
  }
  document.title = fresh.title;
  count();
  document.dispatchEvent(new CustomEvent("refreshed", { detail: fresh }));
}

function show(state) {
  if (state === "on") out = false;
  if (state !== "out") connected = state !== "lost";
  const place = document.getElementById("live"), told = out ? "out" : state;
  place.dataset.state = told;
  if (place.textContent !== WORDS[told]) place.replaceChildren(told === "out" ? loginLink() : WORDS[told]);
}

function loginLink() {
  const link = document.createElement("a");
  link.href = `${root}/login?${new URLSearchParams({ next: location.pathname.slice(root.length) + location.search })}`;
  link.textContent = WORDS.out;
  return link;
}

function announce({ job, status }) {
  document.getElementById("announcer").textContent = `${job} ${status.replace("_", " ")}`;
}
