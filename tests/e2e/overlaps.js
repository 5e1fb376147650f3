// All pairs of texts and controls of a page whose boxes intersect, and how far it is wider than its window.
() => {
  const SLACK = 2; // px: the boxes of lines that follow each other touch by their ascenders

  function isShown(element) {
    const style = getComputedStyle(element);
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return false;
    for (let one = element; one; one = one.parentElement) {
      if (getComputedStyle(one).clipPath !== "none") return false; // for screen readers alone
    }
    return style.fontSize !== "0px";
  }

  function clipped(box, element) {
    let { left, top, right, bottom } = box;
    for (let one = element; one && one !== document.documentElement; one = one.parentElement) {
      const style = getComputedStyle(one);
      if (style.position === "absolute" && style.left === "-999px") return null;
      if (style.overflowX === "visible" && style.overflowY === "visible") continue;
      const edge = one.getBoundingClientRect();
      [left, right] = [Math.max(left, edge.left), Math.min(right, edge.right)];
      [top, bottom] = [Math.max(top, edge.top), Math.min(bottom, edge.bottom)];
    }
    return right - left > SLACK && bottom - top > SLACK ? { left, top, right, bottom } : null;
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
