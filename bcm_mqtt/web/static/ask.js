// Requests to the API: JSON there, JSON back, and what is wrong by field.

export class Refused extends Error {
  constructor(message, fields) {
    super(message);
    this.fields = fields;
  }
}

// Proof that a change comes from a page of this session.
const csrf = document.querySelector('meta[name="csrf"]')?.content;

export async function post(url, body) {
  let response;
  try {
    response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...(csrf && { "x-csrf-token": csrf }) },
      body: JSON.stringify(body),
    });
  } catch {
    throw new Refused("the server cannot be reached", {});
  }
  // The session is over: the page leads to the login and back.
  if (response.headers.has("www-authenticate")) location.reload();
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) {
    throw new Refused(answer.error ?? answer.detail ?? response.statusText, answer.fields ?? {});
  }
  return answer;
}

/** The buttons that acknowledge or shelve alarms. */
export function alarmAct(button, root, named) {
  const act = button.dataset.alarmAct;
  const body = { ...named };
  if (act === "shelve") body.hours = Number(button.dataset.hours);
  return post(`${root}api/v1/alarms/${act}`, body);
}
