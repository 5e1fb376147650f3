// Tables out of texts and elements.

function row(cells, name) {
  const element = document.createElement("tr");
  for (const content of cells) {
    const cell = document.createElement(name);
    if (name === "th") cell.scope = "col";
    cell.append(content);
    element.append(cell);
  }
  return element;
}

/** A table with a head. */
export function fill(host, names, rows) {
  const table = document.createElement("table");
  table.createTHead().append(row(names, "th"));
  table.createTBody().append(...rows.map((cells) => row(cells, "td")));
  host.replaceChildren(table);
}

/** The rows of a body that is there. */
export function listed(body, rows) {
  body.replaceChildren(...rows.map((cells) => row(cells, "td")));
}
