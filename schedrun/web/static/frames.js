// Lines that findings are about: what is marked in one shows, also where it stands far to the right.
const seen = new WeakSet();

export function frames() {
  show();
  document.addEventListener("refreshed", show);
}

function show() {
  for (const frame of document.querySelectorAll(".frame")) {
    // Who has scrolled one is left alone.
    if (seen.has(frame)) continue;
    seen.add(frame);
    const marks = frame.querySelector(".marks")?.getBoundingClientRect(), box = frame.getBoundingClientRect();
    if (marks && marks.right > box.right) frame.scrollLeft = marks.left - box.left - box.width / 3;
  }
}
