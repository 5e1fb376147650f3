// @ts-check
// What Home Assistant's pages load: the card of a panel, its editor, and a dashboard of the site.

import { PanelCard, TAG } from "./card.js";
import { PanelCardEditor } from "./editor.js";
import { SiteDashboard } from "./strategy.js";

const DOCUMENTATION = "https://github.com/bcm-mqtt/bcm-mqtt/blob/main/docs/home-assistant.md#panel-card";
const STRATEGY = "bcm-mqtt";
/** @typedef {Window & { customCards?: object[], customStrategies?: object[] }} Lists what the dialogs offer */
const lists = /** @type {Lists} */ (window);

// After an update, pages that are open may load this a second time.
if (!customElements.get(TAG)) {
  customElements.define(TAG, PanelCard);
  customElements.define(`${TAG}-editor`, PanelCardEditor);
  customElements.define(`ll-strategy-dashboard-${STRATEGY}`, SiteDashboard);
  (lists.customCards ??= []).push({
    type: TAG,
    name: "Breaker panel",
    description: "The breakers of a panel, with the current and load of each circuit.",
    preview: true,
    documentationURL: DOCUMENTATION,
  });
  (lists.customStrategies ??= []).push({
    type: STRATEGY,
    strategyType: "dashboard",
    name: "Branch circuits",
    description: "Every panel with its alarms, and the customers.",
    documentationURL: DOCUMENTATION,
  });
}
