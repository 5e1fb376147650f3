// @ts-check
// The power of formula circuits, whose members may be on other panels: looked up again and again.

import { byId, every } from "../elements.js";
import { write } from "../format.js";
import { fetched } from "../request.js";

const EVERY_MS = 15_000;

/**
 * @param {string} root
 * @param {string} panel
 */
export function setUpFormulas(root, panel) {
  if (!document.getElementById("formulas")) return;
  const cells = new Map(every(byId("formulas"), "[data-formula]").map((cell) => [cell.dataset.formula, cell]));

  async function look() {
    if (document.hidden) return;
    const answer = await fetched(`${root}api/v1/panels/${panel}`).catch(() => null);
    /** @type {{ id: string, watts: number | null }[]} */
    const formulas = answer?.formulas ?? [];
    const watts = new Map(formulas.map(({ id, watts: now }) => [id, now]));
    for (const [id, cell] of cells) {
      const now = watts.get(String(id)) ?? null;
      write(cell, now === null ? null : now / 1000);
    }
  }
  setInterval(look, EVERY_MS);
}
