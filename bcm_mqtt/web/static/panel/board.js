// @ts-check
// The breakers of a board: found by name, and reached by arrow keys.

import { around, byId, every } from "../elements.js";
import { ngettext } from "../texts.js";

/**
 * Search: circuits that match stand out, the others step back.
 * @param {HTMLElement} board
 * @returns {() => void} shows the matches again, once the board is redrawn
 */
export function setUpFind(board) {
  const field = byId("find", HTMLInputElement);
  const customers = () => every(document, "#customers option", HTMLOptionElement).map(({ value }) => value.toLowerCase());

  function refresh() {
    const text = field.value.trim().toLowerCase();
    const isCustomer = customers().includes(text);
    let count = 0;
    for (const breaker of every(board, ".breaker")) {
      const { description = "space", shownCustomer = "", numbers = "" } = breaker.dataset;
      const matches = isCustomer
        ? shownCustomer.toLowerCase() === text
        : [description, shownCustomer].some((part) => part.toLowerCase().includes(text)) || numbers.split("+").includes(text);
      const hit = Boolean(text) && matches;
      breaker.classList.toggle("hit", hit);
      count += Number(hit);
    }
    board.classList.toggle("finding", Boolean(text));
    byId("found").textContent = text ? ngettext("%(num)s circuit", "%(num)s circuits", count) : "";
  }

  field.addEventListener("input", refresh);
  field.form?.addEventListener("submit", (event) => {
    event.preventDefault();
    every(board, ".breaker.hit")[0]?.focus();
  });
  addEventListener("keydown", (event) => {
    if (event.key !== "/" || /^(INPUT|TEXTAREA|SELECT)$/.test(/** @type {Element} */ (event.target).tagName)) return;
    event.preventDefault();
    field.focus();
  });
  return refresh;
}

/**
 * Arrow keys move between breakers; one of them at a time is in the order of Tab.
 * @param {HTMLElement} board
 * @returns {(pole: string | undefined) => void} focuses a breaker again, once the board is redrawn
 */
export function setUpKeys(board) {
  const poleOf = (/** @type {HTMLElement} */ breaker) => Number(breaker.dataset.pole);

  /**
   * @param {HTMLElement} breaker
   * @param {boolean} focus
   */
  function choose(breaker, focus) {
    for (const other of every(board, '.breaker[tabindex="0"]')) other.tabIndex = -1;
    breaker.tabIndex = 0;
    if (focus) breaker.focus();
  }

  board.addEventListener("keydown", (event) => {
    const breaker = around(event, ".breaker");
    if (!breaker || event.ctrlKey || event.altKey || event.metaKey) return;
    const [left, right] = every(board, ".column").map((column) => every(column, ".breaker"));
    const column = left.includes(breaker) ? left : right;
    const at = column.indexOf(breaker);
    // The breaker on the other side at about the same height.
    const across = (/** @type {HTMLElement[]} */ other) => (
      column === other ? undefined : other.filter((one) => poleOf(one) <= poleOf(breaker) + 1).at(-1) ?? other[0]
    );
    /** @type {Record<string, () => HTMLElement | undefined>} */
    const targets = {
      ArrowDown: () => column[at + 1],
      ArrowUp: () => column[at - 1],
      ArrowLeft: () => across(left),
      ArrowRight: () => across(right),
      Home: () => column[0],
      End: () => column.at(-1),
    };
    if (!targets[event.key]) return;
    event.preventDefault();
    const target = targets[event.key]();
    if (target) choose(target, true);
  });
  board.addEventListener("focusin", (event) => {
    const breaker = around(event, ".breaker");
    if (breaker) choose(breaker, false);
  });

  function restore(/** @type {string | undefined} */ pole) {
    const breakers = every(board, ".breaker");
    const focused = breakers.find(({ dataset }) => dataset.pole === pole);
    if (breakers.length) choose(focused ?? breakers[0], Boolean(focused));
  }

  restore(undefined);
  return restore;
}
