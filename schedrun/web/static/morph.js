// Makes one tree like another while what somebody is at stays: focus, open details, what was typed, where it scrolled.
export function morph(from, to) {
  const focused = document.activeElement, said = focused?.closest(".acts")?.querySelector("output");
  node(from, to);
  if (focused === document.activeElement) return;
  // A node that had to move lost its focus.
  if (focused?.isConnected) focused.focus({ preventScroll: true });
  // A button that is done with has left: who uses keys goes on at what was said of it.
  else if (said?.isConnected) said.focus({ preventScroll: true });
}

function node(from, to) {
  if (from.isEqualNode(to)) return;
  if (from.nodeType !== Node.ELEMENT_NODE) {
    if (from.nodeValue !== to.nodeValue) from.nodeValue = to.nodeValue;
    return;
  }
  if (from.hasAttribute("data-keep")) return;
  attributes(from, to);
  children(from, to);
}

function attributes(from, to) {
  if (from.hasAttribute("aria-busy")) return;
  const kept = from.localName === "details" || from.localName === "dialog" ? ["open"] : [];
  for (const { name } of [...from.attributes]) {
    if (!to.hasAttribute(name) && !kept.includes(name)) from.removeAttribute(name);
  }
  for (const { name, value } of to.attributes) {
    if (from.getAttribute(name) !== value && !kept.includes(name)) from.setAttribute(name, value);
  }
}

function children(from, to) {
  const keyed = new Map(), wantedKeys = new Set([...to.childNodes].map(key));
  for (const child of [...from.childNodes]) {
    // What goes is taken out first: else it stands where a child without a key looks for its like.
    if (key(child) && !wantedKeys.has(key(child))) child.remove();
    else if (key(child)) keyed.set(key(child), child);
  }
  let at = from.firstChild;
  for (const wanted of [...to.childNodes]) {
    const found = key(wanted) ? keyed.get(key(wanted)) : match(at, wanted);
    if (found && found.nodeName === wanted.nodeName) {
      if (found === at) at = at.nextSibling;
      else from.insertBefore(found, at);
      node(found, wanted);
    } else {
      from.insertBefore(document.importNode(wanted, true), at);
    }
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

function match(at, wanted) {
  return at && !key(at) && at.nodeType === wanted.nodeType && at.nodeName === wanted.nodeName ? at : null;
}

function key(child) {
  return child.nodeType === Node.ELEMENT_NODE ? child.dataset?.key || child.id || null : null;
}
