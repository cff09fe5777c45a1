// The zone in which a page says times: kept in a cookie that the server reads, since the server writes the times.
import { chosen } from "./choices.js";

const COOKIE = "schedrun-zone";
const YEAR = 365 * 24 * 3600;
// Browsers list some places by names that they had before; people look for those of today.
const RENAMED = new Map([
  ["Africa/Asmera", "Africa/Asmara"], ["America/Godthab", "America/Nuuk"], ["Asia/Calcutta", "Asia/Kolkata"],
  ["Asia/Katmandu", "Asia/Kathmandu"], ["Asia/Rangoon", "Asia/Yangon"], ["Asia/Saigon", "Asia/Ho_Chi_Minh"],
  ["Atlantic/Faeroe", "Atlantic/Faroe"], ["Europe/Kiev", "Europe/Kyiv"], ["Pacific/Enderbury", "Pacific/Kanton"],
  ["Pacific/Ponape", "Pacific/Pohnpei"], ["Pacific/Truk", "Pacific/Chuuk"],
]);
const named = (zone) => RENAMED.get(zone) ?? zone;

export function zones() {
  const select = document.getElementById("zone");
  const here = named(Intl.DateTimeFormat().resolvedOptions().timeZone);
  if (here && here !== "UTC") offer(select, here, `${here} (here)`);
  const all = () => {
    const group = document.createElement("optgroup");
    group.label = "All zones";
    select.append(group);
    for (const zone of Intl.supportedValuesOf("timeZone").map(named).sort()) offer(group, zone, zone, select);
  };
  for (const kind of ["pointerdown", "focus"]) select.addEventListener(kind, once(all));
  // Who has chosen with keys goes on from there.
  if (history.state?.zoned) select.focus();
  history.replaceState(null, "");
  chosen(select, () => {
    const path = document.documentElement.dataset.root || "/";
    document.cookie = `${COOKIE}=${select.value}; path=${path}; max-age=${YEAR}; samesite=strict`;
    history.replaceState({ zoned: document.activeElement === select }, "");
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
