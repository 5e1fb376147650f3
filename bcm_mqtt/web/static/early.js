// @ts-check
// On a slow line one sees a button before the page's modules have run. A click on it would do
// nothing, or leave the page with its form: it is kept, and done when they have.
{
  /** @type {Set<HTMLButtonElement>} */
  const clicked = new Set();

  /** @param {MouseEvent} event */
  const keep = (event) => {
    const button = /** @type {Element} */ (event.target).closest("button");
    if (!button) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    clicked.add(button);
  };

  addEventListener("click", keep, true);
  // Modules run before this event.
  addEventListener("DOMContentLoaded", () => {
    removeEventListener("click", keep, true);
    for (const button of clicked) button.click();
  });
}
