// Logging in: a token from the link's fragment, which no server and no log ever sees, or one that was pasted.
import { Failure, post } from "./api.js";

export function login() {
  const out = document.querySelector("[data-logout]");
  out?.addEventListener("click", () => void post(out.dataset.logout).then(() => { location.replace(out.dataset.next); }));
  const form = document.getElementById("login");
  if (!form) return;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void send(form);
  });
  // The server takes JSON only: before this, the browser itself would have sent the form.
  form.querySelector("button").disabled = false;
  const token = decodeURIComponent(location.hash.slice(1));
  if (!token) return;
  // It stays in no history.
  history.replaceState(null, "", location.pathname + location.search);
  form.elements.token.value = token;
  void send(form);
}

async function send(form) {
  const said = form.querySelector("[data-slot=said]");
  const button = form.querySelector("button");
  button.disabled = true;
  said.textContent = "";
  try {
    await post(form.action, { token: form.elements.token.value.trim() });
    location.replace(form.dataset.next);
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    said.dataset.kind = "bad";
    said.textContent = failure.message;
    form.elements.token.select();
  } finally {
    button.disabled = false;
  }
}
