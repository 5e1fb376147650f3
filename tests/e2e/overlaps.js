// All pairs of texts and controls of a page whose boxes intersect, and how far it is wider than its window.
() => {
  const SLACK = 2; // px: the boxes of lines that follow each other touch by their ascenders

  /** A function that looks at each element once: many texts have the same ancestors. */
  const once = (look) => {
    const known = new Map();
    return (element) => {
      if (!known.has(element)) known.set(element, look(element));
      return known.get(element);
    };
  };
  const isForReaders = once((element) => {
    if (!element) return false;
    return getComputedStyle(element).clipPath !== "none" || isForReaders(element.parentElement);
  });
  const isShown = once((element) => (
    element.checkVisibility({ opacityProperty: true, visibilityProperty: true })
    && !isForReaders(element)
    && getComputedStyle(element).fontSize !== "0px"
  ));
  /** What its ancestors leave of an element. */
  const frameOf = once((element) => {
    if (!element || element === document.documentElement) return { left: -Infinity, top: -Infinity, right: Infinity, bottom: Infinity };
    const outer = frameOf(element.parentElement);
    const style = getComputedStyle(element);
    if (style.position === "absolute" && style.left === "-999px") return { ...outer, right: -Infinity };
    if (style.overflowX === "visible" && style.overflowY === "visible") return outer;
    return within(element.getBoundingClientRect(), outer);
  });

  function within(box, frame) {
    return {
      left: Math.max(box.left, frame.left), top: Math.max(box.top, frame.top),
      right: Math.min(box.right, frame.right), bottom: Math.min(box.bottom, frame.bottom),
    };
  }

  function clipped(box, element) {
    const left = within(box, frameOf(element));
    return left.right - left.left > SLACK && left.bottom - left.top > SLACK ? left : null;
  }

  const boxes = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || /^(SCRIPT|STYLE|OPTION)$/.test(element.tagName) || !isShown(element)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const rectangle of range.getClientRects()) {
      const box = clipped(rectangle, element);
      if (box) boxes.push({ ...box, node, name: node.data.trim().slice(0, 40) });
    }
  }
  for (const control of document.querySelectorAll("button:not(.breaker), input, select, textarea")) {
    const box = isShown(control) && clipped(control.getBoundingClientRect(), control.parentElement);
    if (box) boxes.push({ ...box, node: control, name: `<${control.tagName.toLowerCase()} ${control.id || control.name}>` });
  }
  boxes.sort((one, other) => one.top - other.top);
  const found = new Set();
  boxes.forEach((one, index) => {
    for (const other of boxes.slice(index + 1)) {
      if (other.top > one.bottom - SLACK) break;
      const wide = Math.min(one.right, other.right) - Math.max(one.left, other.left);
      const high = Math.min(one.bottom, other.bottom) - other.top;
      if (wide <= SLACK || high <= SLACK) continue;
      if (one.node === other.node || one.node.contains(other.node) || other.node.contains(one.node)) continue;
      found.add(`${one.name} / ${other.name} (${Math.round(wide)} x ${Math.round(high)} px)`);
    }
  });
  const wider = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  if (wider > 0) found.add(`the page is ${wider} px wider than its window`);
  return [...found];
}
