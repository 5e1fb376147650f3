// @ts-check
// Commissioning: the walk goes on with every poll; what is found is shown, and corrected by a click.

import { byId, dialogOf, fieldsOf, fillList, one, onSubmit } from "../elements.js";
import { Freshness, follow, shownIn } from "../live.js";
import { amount } from "../format.js";
import { fetched, post } from "../request.js";
import { _ } from "../texts.js";

/**
 * @typedef {{ place: string, verdict: string, change_amps: number | null, fault: string, comparison: string,
 *   corrections: Record<string, string>, passed: boolean, at: string, who: string }} Result
 * @typedef {{ walking: boolean, who: string, request: string, measured: number[], steps: string[],
 *   said: string[], found: string[], results: Result[] }} Walk
 */

const { panel = "", root = "" } = byId("main").dataset;
const api = `${root}api/v1/commissioning/${panel}`;
const start = /** @type {HTMLFormElement | null} */ (document.getElementById("start"));
const error = byId("error");
let walking = false;
let asking = false;

/**
 * The amps of a clamp meter: numbers with spaces between, with a point or a comma.
 * @param {string} text
 */
export function ampsOf(text) {
  return text.trim().split(/\s+/).map((word) => Number(word.replace(",", ".")));
}

/** @param {string} text */
function cell(text) {
  const td = document.createElement("td");
  td.textContent = text;
  return td;
}

/** @param {Result} result */
function row(result) {
  const tr = document.createElement("tr");
  const passed = cell(result.passed ? _("passed") : _("finding"));
  passed.dataset.passed = result.passed ? "yes" : "no";
  if (start && Object.keys(result.corrections).length) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "quiet";
    button.textContent = _("Correct…");
    button.setAttribute("aria-label", _("Correct pole %(pole)s", { pole: result.place }));
    button.addEventListener("click", () => correct(result));
    passed.append(" ", button);
  }
  const change = result.change_amps === null ? "" : amount(result.change_amps, 1);
  const texts = [result.place, result.verdict, change, result.fault, result.comparison, result.at, result.who];
  tr.append(...texts.map(cell), passed);
  return tr;
}

let drawn = "";

/** @param {Walk} walk */
function show(walk) {
  walking = walk.walking;
  fillList(byId("found"), walk.found);
  const results = JSON.stringify(walk.results);
  if (walk.results.length && results !== drawn) byId("results").replaceChildren(...walk.results.map(row));
  drawn = results;
  if (!start) return;
  start.hidden = walking;
  byId("walk").hidden = !walking;
  const request = walk.request || _("Every breaker was requested.");
  if (byId("request").textContent !== request) byId("request").textContent = request;
  byId("steps").textContent = walk.steps.join(", ");
  const poles = walk.measured.join(", ");
  byId("beside").textContent = poles ? _("Clamp meter, A, pole %(poles)s", { poles }) : _("Clamp meter, A");
  if (walk.said.length) fillList(byId("said"), walk.said);
}

/** @param {object} body */
async function act(body) {
  show(await post(`${api}/walk`, body));
  error.textContent = "";
}

async function look() {
  if (!walking || asking) return;
  asking = true;
  await act({ act: "look" }).catch((refused) => (error.textContent = refused.message));
  asking = false;
}

const { dialog, form } = dialogOf("correction");
const save = one(form, "[data-act=save]", HTMLButtonElement);
/** @type {object | null} */
let change = null;

/** @param {Result} result */
async function correct(result) {
  change = { panel, poles: [Number(result.place)], ...result.corrections };
  save.disabled = true;
  byId("correction-title").textContent = _("Correct pole %(pole)s", { pole: result.place });
  byId("correction-error").textContent = "";
  fillList(byId("correction-effects"), []);
  dialog.showModal();
  try {
    const draft = await post(`${root}api/v1/meters/preview`, change);
    fillList(byId("correction-effects"), draft.effects);
    save.disabled = draft.differences.length === 0;
  } catch (refused) {
    byId("correction-error").textContent = refused.message;
  }
}

onSubmit(form, async () => {
  if (!change || save.disabled) return;
  save.disabled = true;
  await post(`${root}api/v1/meters`, change);
  dialog.close();
}, byId("correction-error"));

if (start) {
  onSubmit(start, () => {
    const { by, clamp, clamp_percent: percent, clamp_floor: floor } = fieldsOf(start);
    fillList(byId("said"), []);
    return act({
      act: "start", by: by.value, clamp: clamp.value, clamp_percent: Number(percent.value), clamp_floor: Number(floor.value),
    });
  }, error);
  for (const button of byId("walk").querySelectorAll("[data-walk]")) {
    const { walk } = /** @type {HTMLElement} */ (button).dataset;
    button.addEventListener("click", () => act({ act: walk }).catch((refused) => (error.textContent = refused.message)));
  }
  for (const [id, name] of [["clamp", "clamp"], ["mains", "main"]]) {
    const amps = byId(id, HTMLFormElement);
    onSubmit(amps, async () => {
      await act({ act: name, amps: ampsOf(fieldsOf(amps).amps.value) });
      amps.reset();
    }, error);
  }
}

const showState = shownIn(byId("state"));
const freshness = new Freshness((state, words) => showState(state, words)).watch();
follow(`${root}events/panels/${panel}`, ["board"], (_event, _of, values, whole) => {
  freshness.take(values, whole);
  look();
}, () => freshness.lose());
fetched(api).then(show).catch((refused) => (error.textContent = refused.message));
