// Times that go on: what the server said in words is said anew each second, on the server's clock.
const SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR;

// Who looks on may have another clock than the service: only its difference to the page's own instant counts.
let skew = 0;

export const serverNow = () => Date.now() + skew;

export function setNow(instant) {
  if (instant) skew = Date.parse(instant) - Date.now();
}

export function countdowns() {
  setNow(document.documentElement.dataset.now);
  setInterval(count, SECOND);
}

export function count() {
  if (document.hidden) return;
  const now = serverNow();
  for (const time of document.querySelectorAll("time[data-count]")) {
    const at = Date.parse(time.dateTime);
    const words = time.dataset.count === "since" ? length(Math.max(now - at, 0)) : relative(at - now);
    if (time.textContent !== words) time.textContent = words;
  }
}

function relative(distance) {
  if (Math.abs(distance) < SECOND) return "now";
  return distance > 0 ? `in ${length(distance)}` : `${length(-distance)} ago`;
}

// The words of the server, so that a page does not change by being looked at.
export function length(milliseconds) {
  if (milliseconds < MINUTE) return `${Math.floor(milliseconds / SECOND)} s`;
  if (milliseconds < HOUR) return `${Math.floor(milliseconds / MINUTE)} min`;
  if (milliseconds < DAY) return twoUnits(milliseconds, HOUR, "h", MINUTE, "min");
  if (milliseconds < 10 * DAY) return twoUnits(milliseconds, DAY, "d", HOUR, "h");
  return `${Math.floor(milliseconds / DAY)} d`;
}

function twoUnits(milliseconds, large, largeName, small, smallName) {
  const whole = Math.floor(milliseconds / large), parts = Math.floor((milliseconds % large) / small);
  return parts ? `${whole} ${largeName} ${parts} ${smallName}` : `${whole} ${largeName}`;
}

// The instant at which the clocks of `zone` show `local`, such as 2026-12-01T06:00: the first of two, and for a time that
// they skip the one as long after the gap began.
export function instantOf(local, zone) {
  const wanted = Date.parse(`${local}Z`);
  const [before, after] = [-DAY, DAY].map((around) => wanted - offset(wanted + around, zone));
  return new Date(after + offset(after, zone) === wanted && before + offset(before, zone) !== wanted ? after : before);
}

function offset(instant, zone) {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric",
    hour: "numeric", minute: "numeric", second: "numeric",
  }).formatToParts(instant);
  const of = Object.fromEntries(parts.map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(of.year, of.month - 1, of.day, of.hour, of.minute, of.second) - Math.floor(instant / SECOND) * SECOND;
}
