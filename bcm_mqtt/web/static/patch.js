// @ts-check
// A piece of a page brought up to date in place: elements that stay keep their focus, their check
// marks, what is open, and their place on the screen.

import { localTimes } from "./format.js";

/** What people change, and the server does not know. */
const OWN = new Set(["open"]);

/** @param {Node} node */
function keyOf(node) {
  return node instanceof HTMLElement ? node.dataset.patch : undefined;
}

/**
 * @param {Element} old
 * @param {Element} made
 */
function takeAttributes(old, made) {
  for (const { name } of [...old.attributes]) {
    if (!made.hasAttribute(name) && !OWN.has(name)) old.removeAttribute(name);
  }
  for (const { name, value } of made.attributes) {
    if (!OWN.has(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
}

/**
 * @param {Node} old
 * @param {Node} made
 */
function alike(old, made) {
  return old.nodeName === made.nodeName && keyOf(old) === keyOf(made);
}

/**
 * @param {Node} old
 * @param {Node} made
 */
function take(old, made) {
  if (old instanceof Element && made instanceof Element) {
    takeAttributes(old, made);
    takeChildren(old, made);
  } else if (old.nodeValue !== made.nodeValue) {
    old.nodeValue = made.nodeValue;
  }
}

/**
 * @param {Node} old
 * @param {Node} made
 */
function takeChildren(old, made) {
  /** @type {Map<string, ChildNode>} */
  const keyed = new Map();
  for (const child of old.childNodes) {
    const key = keyOf(child);
    if (key) keyed.set(key, child);
  }
  let next = old.firstChild;
  for (const child of [...made.childNodes]) {
    const key = keyOf(child);
    const same = key ? keyed.get(key) : next && alike(next, child) ? next : undefined;
    if (!same) {
      old.insertBefore(child, next);
      continue;
    }
    if (same === next) next = next.nextSibling;
    else old.insertBefore(same, next);
    take(same, child);
  }
  while (next) {
    const gone = next;
    next = next.nextSibling;
    gone.remove();
  }
}

/**
 * What scrolls an element: a part of the page, or the page.
 * @param {Element} element
 */
function scrollerOf(element) {
  for (let at = element.parentElement; at; at = at.parentElement) {
    if (at.scrollHeight > at.clientHeight && /auto|scroll/.test(getComputedStyle(at).overflowY)) return at;
  }
  return document.documentElement;
}

/**
 * What is to stay where it is on the screen: the element in focus, else the first that one sees.
 * @param {HTMLElement} host
 */
function anchorOf(host) {
  const rows = [...host.querySelectorAll("[data-patch]")];
  if (!rows.length) return null;
  const scroller = scrollerOf(rows[0]);
  const page = scroller === document.documentElement;
  const { top, bottom } = page ? { top: 0, bottom: innerHeight } : scroller.getBoundingClientRect();
  const seen = rows.filter((row) => {
    const at = row.getBoundingClientRect();
    return at.height > 0 && at.bottom > top && at.top < bottom;
  });
  const focus = document.activeElement?.closest("[data-patch]");
  // At the top what is new is to be seen.
  const first = scroller.scrollTop > 0 ? seen.find((row) => row.getBoundingClientRect().top >= top) : undefined;
  const row = focus && seen.includes(focus) ? focus : first;
  return row ? { row, scroller, top: row.getBoundingClientRect().top } : null;
}

/** @type {{row: Element, wanted: number, top: number} | undefined} where the last one was to stay, and stayed */
let kept;

/**
 * Brings a piece of the page up to date. Elements with `data-patch` are found again by it.
 * @param {HTMLElement} host
 * @param {string} drawn as the server draws its content now
 */
export function patch(host, drawn) {
  const template = document.createElement("template");
  template.innerHTML = drawn;
  localTimes(template.content);
  const anchor = anchorOf(host);
  const focus = document.activeElement;
  takeChildren(host, template.content);
  // An element that was moved has lost it.
  if (focus instanceof HTMLElement && focus.isConnected && host.contains(focus)) focus.focus({ preventScroll: true });
  if (!anchor?.row.isConnected) return;
  // Pages scroll by whole pixels: what is left over is made good the next time, or it would add up.
  const { row, scroller, top } = anchor;
  const wanted = row === kept?.row && top === kept.top ? kept.wanted : top;
  scroller.scrollTop += row.getBoundingClientRect().top - wanted;
  kept = { row, wanted, top: row.getBoundingClientRect().top };
}
