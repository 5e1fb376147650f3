// Arrow keys move between breakers; one of them at a time is in the order of Tab.

export function setUpKeys(board) {
  const columns = () => [...board.querySelectorAll(".column")].map((column) => [...column.querySelectorAll(".breaker")]);

  function choose(breaker, focus) {
    for (const other of board.querySelectorAll('.breaker[tabindex="0"]')) other.tabIndex = -1;
    breaker.tabIndex = 0;
    if (focus) breaker.focus();
  }

  // The breaker on the other side at about the same height.
  function across(breaker, column) {
    const pole = Number(breaker.dataset.pole);
    return column.findLast((other) => Number(other.dataset.pole) <= pole + 1) ?? column[0];
  }

  board.addEventListener("keydown", (event) => {
    const breaker = event.target.closest(".breaker");
    if (!breaker || event.ctrlKey || event.altKey || event.metaKey) return;
    const [left, right] = columns();
    const column = left.includes(breaker) ? left : right;
    const at = column.indexOf(breaker);
    const next = {
      ArrowDown: () => column[at + 1],
      ArrowUp: () => column[at - 1],
      ArrowLeft: () => column === right && across(breaker, left),
      ArrowRight: () => column === left && across(breaker, right),
      Home: () => column[0],
      End: () => column.at(-1),
    }[event.key];
    if (!next) return;
    event.preventDefault();
    const found = next();
    if (found) choose(found, true);
  });
  board.addEventListener("focusin", (event) => {
    const breaker = event.target.closest(".breaker");
    if (breaker) choose(breaker, false);
  });

  function restore(pole) {
    const breaker = pole && board.querySelector(`.breaker[data-pole="${pole}"]`);
    const first = breaker || board.querySelector(".breaker");
    if (first) choose(first, Boolean(breaker));
  }

  restore(null);
  return { restore };
}
