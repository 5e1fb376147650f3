// @ts-check

/**
 * An alarm as the server takes it.
 * @param {string} key as it is written in the page: `rpp-1a/3/overload`
 */
export function named(key) {
  const [panel, pole, kind] = key.split("/");
  return { panel, pole: pole === "main" ? pole : Number(pole), kind };
}
