// Many circuits by CSV: first the differences, then all of them or none.

import { post } from "./ask.js";

export function setUpBulk(root) {
  const dialog = document.getElementById("bulk");
  const form = dialog.querySelector("form");
  const save = form.querySelector("[data-act=save]");
  const table = document.getElementById("bulk-differences");
  const effects = document.getElementById("bulk-effects");
  const error = document.getElementById("bulk-error");
  const body = () => ({ csv: form.elements.csv.value, valid_from: form.elements.valid_from.value });

  function show(draft) {
    const differences = draft?.differences ?? [];
    table.replaceChildren(
      ...differences.map((item) => {
        const row = document.createElement("tr");
        for (const name of ["panel", "poles", "field", "before", "after"]) {
          row.insertCell().textContent = item[name];
        }
        return row;
      }),
    );
    table.closest(".scroll").hidden = differences.length === 0;
    effects.replaceChildren(
      ...(draft?.effects.slice(0, 12) ?? []).map((sentence) => {
        const item = document.createElement("li");
        item.textContent = sentence;
        return item;
      }),
    );
    error.textContent = "";
    save.disabled = differences.length === 0;
  }

  async function attempt(act) {
    save.disabled = true;
    try {
      await act();
    } catch (refused) {
      show(null);
      error.textContent = refused.message;
    }
  }

  document.getElementById("bulk-open").addEventListener("click", () => {
    form.reset();
    show(null);
    dialog.showModal();
  });
  form.querySelector("[type=file]").addEventListener("change", async (event) => {
    const [file] = event.target.files;
    if (file) form.elements.csv.value = await file.text();
    show(null);
  });
  form.addEventListener("input", () => (save.disabled = true));
  form.querySelector("[data-act=cancel]").addEventListener("click", () => dialog.close());
  form.querySelector("[data-act=preview]").addEventListener("click", () =>
    attempt(async () => show(await post(`${root}api/v1/circuits/csv/preview`, body()))),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(async () => {
      await post(`${root}api/v1/circuits/csv`, body());
      dialog.close();
    });
  });
}
