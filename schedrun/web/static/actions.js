// Buttons that act. What came of it is said in words beside the button.
import { Failure, freshKey, post, root } from "./api.js";
import { instantOf, serverNow } from "./clock.js";
import { refresh } from "./live.js";

const zone = document.documentElement.dataset.zone;

export function actions() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button[data-act]");
    if (button && !button.disabled && !button.hasAttribute("aria-busy")) begin(button);
  });
  const dialog = document.getElementById("pause");
  dialog?.addEventListener("submit", (event) => {
    if (event.submitter?.value !== "do") return;
    event.preventDefault();
    void pause(dialog);
  });
  // What begins inside, such as marking what was typed, ends nothing; the padding is inside.
  let begunOutside = false;
  dialog?.addEventListener("pointerdown", (event) => { begunOutside = isOutside(event, dialog); });
  dialog?.addEventListener("click", (event) => {
    if (begunOutside && isOutside(event, dialog)) dialog.close();
  });
}

function isOutside({ target, clientX: x, clientY: y }, dialog) {
  const { left, right, top, bottom } = dialog.getBoundingClientRect();
  return target === dialog && (x < left || x > right || y < top || y > bottom);
}

function begin(button) {
  if (button.dataset.act === "pause") ask(button);
  else void act(button, REQUESTS[button.dataset.act]);
}

// The keys of what was asked for and not answered, by address; a button does not outlast a refresh.
const unanswered = new Map();

const REQUESTS = {
  // Pressed again after no answer came, it is the same request and not another run.
  trigger: (button) => {
    const { url } = button.dataset;
    if (!unanswered.has(url)) unanswered.set(url, freshKey());
    return post(url, undefined, { "Idempotency-Key": unanswered.get(url) });
  },
  resume: (button) => post(button.dataset.url),
  cancel: (button) => post(button.dataset.url),
  sync: (button) => post(button.dataset.url),
  removals: (button) => post(button.dataset.url, { jobs: button.dataset.jobs.split(" ") }),
};

const WORDS = {
  trigger: ({ run }) => [run.status === "queued" ? "Queued as run " : "Started as run ", runLink(run.id)],
  resume: () => ["Resumed."],
  cancel: ({ run }) => [run.status === "running" ? "It is told to end." : "Cancelled."],
  sync: (status) => [status.ok ? "Applied." : "Applied, except for what is broken or held back."],
  removals: () => ["Removed."],
};

async function act(button, request) {
  const said = besides(button);
  button.setAttribute("aria-busy", "true");
  tell(said, "", ["Asking …"]);
  try {
    const answer = await request(button);
    unanswered.delete(button.dataset.url);
    tell(said, "good", WORDS[button.dataset.act](answer));
  } catch (failure) {
    // It was answered: what comes next is a new request.
    if (failure.problem?.status) unanswered.delete(button.dataset.url);
    tell(said, "bad", reasons(failure));
    if (!(failure instanceof Failure)) throw failure;
  } finally {
    button.removeAttribute("aria-busy");
    await refresh();
    // Where the place of the words has left together with the button, they are read out at least.
    if (!said.isConnected) document.getElementById("announcer").textContent = said.textContent;
  }
}

let asking = null;

function ask(button) {
  const dialog = document.getElementById("pause");
  asking = button;
  dialog.querySelector("form").reset();
  dialog.querySelector("[data-slot=job]").textContent = button.dataset.name;
  tell(dialog.querySelector("[data-slot=said]"), "", []);
  dialog.showModal();
  dialog.querySelector("[name=reason]").focus();
}

async function pause(dialog) {
  const { reason, until } = dialog.querySelector("form").elements;
  const submit = dialog.querySelector("button[value=do]");
  const body = { reason: reason.value.trim() };
  if (until.value) {
    const end = instantOf(until.value, zone);
    if (end <= serverNow()) {
      tell(dialog.querySelector("[data-slot=said]"), "bad", ["That time has passed already: choose a later one, or none."]);
      until.focus();
      return;
    }
    body.until = end.toISOString();
  }
  submit.disabled = true;
  try {
    await post(asking.dataset.url, body);
    dialog.close();
    tell(besides(asking), "good", ["Paused."]);
    void refresh();
  } catch (failure) {
    tell(dialog.querySelector("[data-slot=said]"), "bad", reasons(failure));
    if (!(failure instanceof Failure)) throw failure;
  } finally {
    submit.disabled = false;
  }
}

function besides(button) {
  return button.closest(".acts").querySelector(".said");
}

function reasons(failure) {
  if (!(failure instanceof Failure)) return ["This page made a mistake: load it again."];
  const { status, active_run: active } = failure.problem;
  const words = [failure.message];
  if (active) words.push(" It runs as ", runLink(active));
  if (status === 401 || status === 403) words.push(" ", link(`${root}/login`, "Log in"));
  return words;
}

function runLink(id) {
  return link(`${root}/runs/${encodeURIComponent(id)}`, id.slice(0, 8));
}

function link(path, words) {
  const made = document.createElement("a");
  made.href = path;
  made.textContent = words;
  return made;
}

function tell(place, kind, parts) {
  if (!place) return;
  place.dataset.kind = kind;
  place.replaceChildren(...parts);
}
