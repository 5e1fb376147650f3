// @ts-check
// The session of this tab: its secret is got for the token in the address, and sent with each
// request; storage of a tab is of this origin alone, a cookie would be of all ports of the host.

import { post } from "../request.js";

const KEY = "bcm-setup";

/** @typedef {{ session: string, serial_ports: string[], time_zone: string }} Begun */

/** What the page knows without asking: kept with the session, for a reload. */
let begun = /** @type {Begun | null} */ (JSON.parse(sessionStorage.getItem(KEY) ?? "null"));

/** The token of an address as it was printed, or of a token by itself. @param {string} text */
export function tokenOf(text) {
  return text.trim().split("#").at(-1) ?? "";
}

/** @returns {Begun | null} */
export function session() {
  return begun;
}

export function leave() {
  begun = null;
  sessionStorage.removeItem(KEY);
}

/**
 * @param {string} root
 * @param {string} token
 */
export async function enter(root, token) {
  const made = await post(`${root}api/v1/setup/begin`, { token });
  begun = made;
  sessionStorage.setItem(KEY, JSON.stringify(made));
}

/**
 * @param {string} root
 * @param {string} act
 * @param {object} [body]
 * @returns {Promise<any>}
 */
export function send(root, act, body = {}) {
  return post(`${root}api/v1/setup/${act}`, body, { authorization: `Bearer ${begun?.session ?? ""}` });
}
