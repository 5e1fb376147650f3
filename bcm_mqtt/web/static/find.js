// Search: circuits that match stand out, the others step back.

let refresh = () => {};

export function highlight() {
  refresh();
}

export function setUpFind(board) {
  const field = document.getElementById("find");
  const found = document.getElementById("found");
  const options = () => [...document.querySelectorAll("#customers option")].map((option) => option.value);

  refresh = () => {
    const text = field.value.trim().toLowerCase();
    const customer = options().find((name) => name.toLowerCase() === text);
    let count = 0;
    for (const breaker of board.querySelectorAll(".breaker")) {
      const data = breaker.dataset;
      const matches = customer
        ? data.shownCustomer === customer
        : [data.description ?? "space", data.shownCustomer ?? ""].some((part) => part.toLowerCase().includes(text)) ||
          data.numbers.split("+").includes(text);
      const hit = Boolean(text) && matches;
      breaker.classList.toggle("hit", hit);
      count += hit;
    }
    board.classList.toggle("finding", Boolean(text));
    found.textContent = text ? `${count} circuit${count === 1 ? "" : "s"}` : "";
  };

  field.addEventListener("input", refresh);
  field.form.addEventListener("submit", (event) => {
    event.preventDefault();
    board.querySelector(".breaker.hit")?.focus();
  });
  addEventListener("keydown", (event) => {
    if (event.key === "/" && !/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) {
      event.preventDefault();
      field.focus();
    }
  });
}
