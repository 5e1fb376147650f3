// @ts-check
// The page of all sites: power as it changes, and the rest of a site when something of it is new.

import { banner } from "../banner.js";
import { Zone } from "../chart/zone.js";
import { byId, every } from "../elements.js";
import { localTimes, write } from "../format.js";
import { follow } from "../live.js";
import { patch } from "../patch.js";
import { fragment } from "../request.js";

const { root = "", zone = "" } = byId("main").dataset;
const showBanner = banner(new Zone(zone));
const list = byId("list");
const AGAIN_MS = 30_000; // for the times of readings
let newest = Date.now();

async function refresh() {
  const drawn = await fragment(`${root}list`).catch(() => null);
  if (drawn !== null) patch(list, drawn);
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/** @param {import("../live.js").Values} changed */
function take(changed) {
  newest = Date.now();
  showBanner([]);
  const power = (/** @type {string} */ key) => key === "kw" || key.startsWith("kw/");
  for (const element of every(list, "[data-key]")) {
    const key = String(element.dataset.key);
    if (key in changed) write(element, changed[key]);
  }
  if (Object.keys(changed).every(power)) return;
  clearTimeout(timer);
  timer = setTimeout(refresh, 300);
}

localTimes(list);
setInterval(() => document.hidden || refresh(), AGAIN_MS);
follow(
  `${root}events/sites`,
  ["sites"],
  (_event, _of, changed) => take(changed),
  () => showBanner([{ what: "server", since: newest }]),
);
