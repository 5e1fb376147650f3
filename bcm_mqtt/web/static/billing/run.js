// @ts-check
// The work on a month: begun, and followed until it has ended.

import { byId, element } from "../elements.js";
import { fetched, post } from "../request.js";
import { ngettext } from "../texts.js";

const POLL_MS = 400;

/**
 * @param {string} api of the month
 * @param {Element} content where it is said that work cannot begin
 * @param {() => unknown} refresh shows what is there now
 */
export function runOf(api, content, refresh) {
  async function follow() {
    const run = await fetched(`${api}/run`).catch(() => null);
    if (run?.state === "running") {
      const bar = /** @type {HTMLProgressElement | null} */ (document.getElementById("progress"));
      if (bar && run.of) {
        [bar.max, bar.value] = [run.of, run.done];
        byId("progress-text").textContent = run.what === "send"
          ? ngettext("%(done)s of %(num)s bill", "%(done)s of %(num)s bills", run.of, { done: run.done })
          : ngettext("%(done)s of %(num)s panel", "%(done)s of %(num)s panels", run.of, { done: run.done });
      }
      setTimeout(follow, POLL_MS);
      return;
    }
    await refresh();
  }

  /**
   * @param {string} path
   * @param {object} body
   */
  async function begin(path, body) {
    try {
      await post(`${api}/${path}`, body);
    } catch (error) {
      content.prepend(element("div", error.message, "notice bad", { role: "alert" }));
      return;
    }
    await refresh();
    await follow();
  }

  return { begin, follow };
}
