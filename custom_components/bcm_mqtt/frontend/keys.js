// @ts-check
// Arrow keys move between breakers; one of them at a time is in the order of Tab.

/** @param {HTMLElement} within @param {string} selector @returns {HTMLElement[]} */
const every = (within, selector) => [...within.querySelectorAll(selector)].map((found) => /** @type {HTMLElement} */ (found));

/** @param {HTMLElement} breaker */
const poleOf = (breaker) => Number(breaker.dataset.pole);

/**
 * @param {HTMLElement} board
 * @param {HTMLElement} breaker
 */
function choose(board, breaker) {
  for (const other of every(board, 'button.breaker[tabindex="0"]')) other.tabIndex = -1;
  breaker.tabIndex = 0;
}

/**
 * The breaker that a key leads to.
 * @param {HTMLElement} board
 * @param {HTMLElement} breaker
 * @param {string} key
 */
function target(board, breaker, key) {
  const [left, right] = every(board, ".column").map((column) => every(column, "button.breaker"));
  const column = left.includes(breaker) ? left : right;
  const at = column.indexOf(breaker);
  // The breaker on the other side at about the same height.
  const across = (/** @type {HTMLElement[]} */ other) => (
    column === other ? undefined : other.filter((one) => poleOf(one) <= poleOf(breaker) + 1).at(-1) ?? other[0]
  );
  switch (key) {
    case "ArrowDown": return column[at + 1];
    case "ArrowUp": return column[at - 1];
    case "ArrowLeft": return across(left);
    case "ArrowRight": return across(right);
    case "Home": return column[0];
    case "End": return column.at(-1);
    default: return null;
  }
}

/**
 * @param {HTMLElement} board
 * @param {string | undefined} pole whose breaker had the focus when the board was drawn before
 */
export function setUpKeys(board, pole) {
  board.addEventListener("keydown", (event) => {
    const breaker = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("button.breaker"));
    if (!breaker || event.ctrlKey || event.altKey || event.metaKey) return;
    const next = target(board, breaker, event.key);
    if (next === null) return;
    event.preventDefault();
    next?.focus();
  });
  board.addEventListener("focusin", (event) => {
    const breaker = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("button.breaker"));
    if (breaker) choose(board, breaker);
  });
  const breakers = every(board, "button.breaker");
  const focused = breakers.find(({ dataset }) => dataset.pole === pole);
  if (breakers.length) choose(board, focused ?? breakers[0]);
  focused?.focus();
}
