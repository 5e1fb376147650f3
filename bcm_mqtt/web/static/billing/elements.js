// Elements made of text, never of markup: descriptions are written by people.

export function element(name, text = "", classes = "") {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  if (classes) made.className = classes;
  return made;
}

/** The name that somebody signs with stays for the next time. */
export function rememberName(form) {
  const field = form.elements.by;
  if (field.readOnly) return;
  try {
    field.value ||= localStorage.getItem("by") ?? "";
    form.addEventListener("submit", () => localStorage.setItem("by", field.value));
  } catch {
    /* private window */
  }
}

export function closable(dialog) {
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
}
