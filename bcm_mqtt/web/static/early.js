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

  const release = () => {
    removeEventListener("click", keep, true);
    for (const button of clicked) button.click();
  };

  addEventListener("click", keep, true);
  // Modules run before this event, or where they wait for the texts of another language, see
  // texts.js, before that of theirs.
  addEventListener("DOMContentLoaded", () => {
    const { lang, dataset } = document.documentElement;
    const waits = !lang.startsWith("en") && !dataset.spoken && document.querySelector("script[type=module]");
    if (waits) addEventListener("spoken", release);
    else release();
  });
}
