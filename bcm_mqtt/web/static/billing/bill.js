// A bill: its figures open their explanation beside it. Without this each is a page of its own.

const drawer = document.getElementById("drawer");
const body = document.getElementById("drawer-body");
const back = document.getElementById("drawer-back");
let path = [];

async function show(href) {
  const url = new URL(href, location.href);
  const response = await fetch(`explanation${url.search}`);
  if (response.ok) body.innerHTML = await response.text();
  else body.textContent = (await response.json().catch(() => ({}))).error ?? "It cannot be explained now.";
  back.disabled = path.length < 2;
  drawer.scrollTop = 0;
  document.getElementById("drawer-title").focus();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a.why");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  path.push(link.getAttribute("href"));
  if (!drawer.open) {
    path = path.slice(-1);
    body.replaceChildren();
    drawer.showModal();
  }
  show(path.at(-1));
});

back.addEventListener("click", () => {
  path.pop();
  show(path.at(-1));
});
document.getElementById("drawer-close").addEventListener("click", () => drawer.close());
drawer.addEventListener("click", (event) => {
  if (event.target === drawer) drawer.close(); // beside it
});
