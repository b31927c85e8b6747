"use strict";
// The page is whole without this. With it, it keeps itself fresh: the worker says that something is new, and the main part is
// fetched again. A focused button or selected text is left in peace until it is let go.
const main = document.getElementById("main");
const live = document.getElementById("live");
let stale = false;
const busy = () => main.contains(document.activeElement) || !document.getSelection().isCollapsed;
async function refresh() {
  if (busy()) { stale = true; return; }
  stale = false;
  const answer = await fetch("/?fragment=true");
  if (answer.ok) main.innerHTML = await answer.text();
}
const source = new EventSource("/live");
source.onmessage = refresh;
source.onopen = () => { live.textContent = "live"; live.classList.remove("lost"); };
source.onerror = () => { live.textContent = "reconnecting"; live.classList.add("lost"); };
document.addEventListener("focusout", () => setTimeout(() => stale && refresh(), 0));
document.addEventListener("selectionchange", () => stale && refresh());
