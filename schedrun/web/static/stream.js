// Server-sent events over fetch, which unlike EventSource may say from where on, and tells why it was refused.
const SILENCE = 40_000; // a comment comes every 15 s
const LONGEST_WAIT = 15_000;

// Calls `on({event, id, data})` for each event until it returns false or `signal` is aborted; connects again and again.
export async function follow(url, { from, on, state, signal }) {
  let last = from, wait = 500;
  while (!signal.aborted) {
    const hang = new AbortController();
    const stop = () => hang.abort();
    signal.addEventListener("abort", stop);
    let alarm = setTimeout(stop, SILENCE);
    try {
      const answer = await fetch(url, {
        headers: { Accept: "text/event-stream", ...(last === undefined ? {} : { "Last-Event-ID": String(last) }) },
        cache: "no-store",
        credentials: "same-origin",
        signal: hang.signal,
      });
      if (!answer.ok) throw new Error(`refused: ${answer.status}`);
      state?.("on");
      wait = 500;
      const heard = () => {
        clearTimeout(alarm);
        alarm = setTimeout(stop, SILENCE);
      };
      for await (const event of events(answer.body, heard)) {
        if (event.id !== undefined) last = event.id;
        if (on(event) === false) return;
      }
    } catch {
      // Whatever it was, it is tried again.
    } finally {
      clearTimeout(alarm);
      signal.removeEventListener("abort", stop);
      hang.abort();
    }
    if (signal.aborted) return;
    state?.("lost");
    await new Promise((resolve) => { setTimeout(resolve, wait * (0.75 + Math.random() / 2)); });
    wait = Math.min(wait * 2, LONGEST_WAIT);
  }
}

async function* events(body, heard) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "", event = {};
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    heard();
    text += value;
    const lines = text.split(/\r\n|\n|\r(?!$)/);
    text = lines.pop();
    for (const line of lines) {
      if (line === "") {
        if (event.data !== undefined) yield { event: event.event ?? "message", id: event.id, data: JSON.parse(event.data || "null") };
        event = {};
        continue;
      }
      const [, field, , content] = /^([^:]*)(: ?)?(.*)$/s.exec(line);
      if (field === "data") event.data = event.data === undefined ? content : `${event.data}\n${content}`;
      else if (field === "event" || field === "id") event[field] = content;
    }
  }
}
