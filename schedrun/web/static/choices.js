// Lists that are acted on when something was chosen: with keys, only once somebody has settled on it.
const SETTLED = 1200; // milliseconds without another key
const OPENING = new Set([" ", "Enter", "F4"]);

// Calls `then` when a choice of `select` was made. Arrows and letters choose on their way to what is looked for: those
// wait for Enter, for the focus to leave, or for a pause.
export function chosen(select, then) {
  let known = select.value, passing = false, due = null;
  const settle = () => {
    clearTimeout(due);
    if (select.value === known) return;
    known = select.value;
    then();
  };
  select.addEventListener("pointerdown", () => { passing = false; });
  select.addEventListener("keydown", (event) => {
    passing = !OPENING.has(event.key) && !event.altKey;
    if (event.key === "Enter") settle();
    else clearTimeout(due);
  });
  select.addEventListener("change", () => {
    clearTimeout(due);
    if (passing) due = setTimeout(settle, SETTLED);
    else settle();
  });
  select.addEventListener("blur", settle);
}
