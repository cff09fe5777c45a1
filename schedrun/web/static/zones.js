// The zone in which a page says times: kept in a cookie that the server reads, since the server writes the times.
const COOKIE = "schedrun-zone";
const YEAR = 365 * 24 * 3600;

export function zones() {
  const select = document.getElementById("zone");
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (here && here !== "UTC") offer(select, here, `${here} (here)`);
  const all = () => {
    const group = document.createElement("optgroup");
    group.label = "All zones";
    select.append(group);
    for (const zone of Intl.supportedValuesOf("timeZone")) offer(group, zone, zone, select);
  };
  for (const kind of ["pointerdown", "focus"]) select.addEventListener(kind, once(all));
  select.addEventListener("change", () => {
    const path = document.documentElement.dataset.root || "/";
    document.cookie = `${COOKIE}=${select.value}; path=${path}; max-age=${YEAR}; samesite=strict`;
    location.reload();
  });
}

function offer(parent, zone, words, within = parent) {
  const known = [...within.querySelectorAll("option")].find((option) => option.value === zone);
  if (known) return;
  const option = document.createElement("option");
  option.value = zone;
  option.textContent = words;
  parent.append(option);
}

const called = new WeakSet();
function once(work) {
  return () => {
    if (called.has(work)) return;
    called.add(work);
    work();
  };
}
