// Requests that change something: JSON both ways, errors as problem documents.
export const root = document.documentElement.dataset.root;

export class Failure extends Error {
  constructor(problem) {
    super([problem.detail, problem.remedy].filter(Boolean).join(" "));
    this.problem = problem;
  }
}

// Posts, and returns what was answered, null for nothing. Throws Failure with words for people.
export async function post(url, body, headers = {}) {
  let answer;
  try {
    answer = await fetch(url, {
      method: "POST",
      headers: { Accept: "application/json", ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "same-origin",
    });
  } catch {
    throw new Failure({ detail: "The service cannot be reached.", remedy: "Whether it took this is not known: look before you try again." });
  }
  const text = await answer.text();
  let said = null;
  try {
    said = text ? JSON.parse(text) : null;
  } catch {
    said = { detail: `It answered ${answer.status}.`, remedy: "" };
  }
  if (!answer.ok) throw new Failure({ status: answer.status, ...said });
  return said;
}

// A key that makes a request that is sent twice one request.
export function freshKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
