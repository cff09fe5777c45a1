// Filters: a choice from a list is asked for at once, and links stay free of fields that say nothing.
export function filters() {
  const form = document.querySelector("form[data-auto]");
  if (!form) return;
  form.addEventListener("change", (event) => {
    if (event.target instanceof HTMLSelectElement) form.requestSubmit();
  });
  form.addEventListener("submit", () => {
    for (const field of form.elements) if (field.name && !field.value) field.disabled = true;
  });
  addEventListener("pageshow", () => {
    for (const field of form.elements) field.disabled = false;
  });
}
