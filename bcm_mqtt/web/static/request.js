// @ts-check
// Requests to the server: JSON or pieces of a page; a refusal is an error with the server's reason.

import { _ } from "./texts.js";

export class Refused extends Error {
  /**
   * @param {string} message
   * @param {Record<string, string>} [fields] what is wrong by field
   */
  constructor(message, fields = {}) {
    super(message);
    this.fields = fields;
  }
}

/**
 * @param {string} url
 * @param {RequestInit} [options]
 */
async function answered(url, options) {
  let response;
  try {
    response = await fetch(url, options);
  } catch {
    throw new Refused(_("The server cannot be reached."));
  }
  // The session is over: the page leads to the login and back.
  if (options && response.headers.has("www-authenticate")) location.reload();
  if (response.ok) return response;
  const { error, detail, fields } = await response.json().catch(() => ({}));
  throw new Refused(error ?? detail ?? response.statusText, fields);
}

/**
 * @param {string} url
 * @returns {Promise<any>} the JSON there
 */
export async function fetched(url) {
  return (await answered(url)).json();
}

/**
 * @param {string} url
 * @returns {Promise<string>} the piece of a page there
 */
export async function fragment(url) {
  return (await answered(url)).text();
}

/**
 * @param {string} url
 * @param {object} body
 * @param {Record<string, string>} [more] headers
 * @returns {Promise<any>}
 */
export async function post(url, body, more = {}) {
  // Proof that a change comes from a page of this session.
  const csrf = document.querySelector('meta[name="csrf"]')?.getAttribute("content");
  const response = await answered(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...(csrf && { "x-csrf-token": csrf }), ...more },
    body: JSON.stringify(body),
  });
  return response.json().catch(() => ({}));
}

/**
 * Acknowledges or shelves an alarm, as the button says.
 * @param {HTMLElement} button
 * @param {string} root
 * @param {object} alarm which
 */
export function alarmAct(button, root, alarm) {
  const { alarmAct: act, hours } = button.dataset;
  return post(`${root}api/v1/alarms/${act}`, { ...alarm, ...(act === "shelve" && { hours: Number(hours) }) });
}
