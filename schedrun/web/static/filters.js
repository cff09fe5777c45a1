// Filters: a choice from a list is asked for at once, and links stay free of fields that say nothing.
import { chosen } from "./choices.js";

export function filters() {
  const form = document.querySelector("form[data-auto]");
  if (!form) return;
  for (const select of form.querySelectorAll("select")) chosen(select, () => form.requestSubmit());
  form.addEventListener("submit", () => {
    for (const field of form.elements) if (field.name && !field.value) field.disabled = true;
  });
  addEventListener("pageshow", () => {
    for (const field of form.elements) field.disabled = false;
  });
}
