"use strict";
// The pages are whole without this. With it they keep themselves fresh: the worker says that something is new, and what differs is
// put in place, so that focus, selection, open details and half-typed words stay.
const main = document.getElementById("main");
const live = document.getElementById("live");
const log = document.getElementById("log");
const signedOut = () => { live.textContent = "signed out"; live.classList.add("lost"); };
const part = async (address) => {
  const url = new URL(address, location.href);
  url.searchParams.set("fragment", "true");
  const answer = await fetch(url, { redirect: "error" });
  if (answer.status === 401) signedOut();
  if (!answer.ok) throw new Error(`${answer.status}`);
  const template = document.createElement("template");
  template.innerHTML = await answer.text();
  return template.content;
};

// Makes one element's children like another's, and touches only what differs.
const same = (a, b) => a.nodeType === b.nodeType && a.nodeName === b.nodeName && (a.id || "") === (b.id || "");
function morph(now, next) {
  let at = now.firstChild;
  for (const wanted of [...next.childNodes]) {
    let found = at;
    while (found && !same(found, wanted)) found = found.nextSibling;
    if (!found || (wanted.nodeType === 1 && !wanted.id && found !== at)) {
      now.insertBefore(wanted, at);
      continue;
    }
    while (at !== found) { const gone = at; at = at.nextSibling; gone.remove(); }
    at = found.nextSibling;
    if (found.nodeType !== 1) { if (found.nodeValue !== wanted.nodeValue) found.nodeValue = wanted.nodeValue; continue; }
    if (found.hasAttribute("data-keep") || (found.contains(document.activeElement) && found.matches("form.edit, .choices"))) continue;
    for (const { name } of [...found.attributes]) if (!wanted.hasAttribute(name) && !(name === "open" || name === "checked")) found.removeAttribute(name);
    for (const { name, value } of [...wanted.attributes]) if (found.getAttribute(name) !== value && name !== "open" && !(name === "value" && found === document.activeElement)) found.setAttribute(name, value);
    morph(found, wanted);
  }
  while (at) { const gone = at; at = at.nextSibling; gone.remove(); }
}

let busy = false, again = false;
async function refresh() {
  if (busy) { again = true; return; }
  if (!document.getSelection().isCollapsed || main.querySelector("form.edit :focus")) { again = true; return; }
  busy = true; again = false;
  try {
    if (log) await follow(); else { morph(main, await part(location.href)); count(); }
  } catch { /* The worker is away: the line above says so, and it is asked again. */ }
  busy = false;
  if (again) setTimeout(refresh, 250);
}
function badge(count) {
  const place = document.querySelector("nav a[href='/needs-you']"), old = place.querySelector(".badge");
  if (!count) { old?.remove(); return; }
  const now = old ?? place.appendChild(document.createElement("b"));
  now.className = "badge";
  now.textContent = count;
  document.title = document.title.replace(/^\(\d+\) /, "").replace(/^/, `(${count}) `);
}
document.addEventListener("selectionchange", () => { if (again && document.getSelection().isCollapsed) setTimeout(refresh, 250); });
const source = new EventSource("/live");
let first = true;
source.onmessage = (told) => { badge(Number(told.data)); const known = first && !log && told.lastEventId === main.dataset.newest; first = false; if (!known) refresh(); };
source.onopen = () => { live.textContent = "live"; live.classList.remove("lost"); };
source.onerror = () => {
  // Closed for good: it was refused.
  if (source.readyState === EventSource.CLOSED) { signedOut(); return; }
  live.textContent = "reconnecting"; live.classList.add("lost"); first = false;
};

// The log: what is new comes in above while one follows at the top, and waits behind a button while one reads further down.
const button = document.getElementById("follow"), fresh = document.getElementById("fresh");
const rows = () => [...log.querySelectorAll(":scope > .row")];
let following = true, waiting = [];
function place(more) {
  for (const row of more) { if (document.getElementById(row.id)) continue; row.classList.add("new"); log.insertBefore(row, log.querySelector(":scope > .row") ?? log.firstChild); }
  document.querySelector(".empty")?.remove();
}
async function follow() {
  if (log.hasAttribute("data-paged")) return;
  const newest = waiting.length ? waiting[waiting.length - 1].dataset.id : rows()[0]?.dataset.id ?? 0;
  const url = new URL(log.dataset.rows, location.href);
  url.searchParams.set("after", newest);
  const more = [...(await part(url)).querySelectorAll(".row")].reverse().filter((r) => !document.getElementById(r.id));
  if (!more.length) return;
  if (following && scrollY < 200 && !log.querySelector(".story")) { place(more); return; }
  waiting.push(...more);
  fresh.hidden = false;
  fresh.textContent = waiting.length === 1 ? "1 new entry" : `${waiting.length} new entries`;
}
function show() { place(waiting); waiting = []; fresh.hidden = true; scrollTo({ top: 0 }); }
function toggle() { following = !following; button.setAttribute("aria-pressed", String(following)); button.textContent = following ? "Following" : "Paused"; if (following && waiting.length) show(); }
async function older(link) {
  if (link.dataset.busy) return;
  link.dataset.busy = "1";
  try {
    const url = new URL(link.href);
    const more = await part(new URL(`/log/rows${url.search}`, location.href));
    link.closest(".more").replaceWith(more);
    watch();
  } catch { delete link.dataset.busy; }
}
const near = "IntersectionObserver" in window ? new IntersectionObserver((seen) => seen.forEach((e) => { if (e.isIntersecting) older(e.target); }), { rootMargin: "600px" }) : null;
const watch = () => log.querySelectorAll("[data-more]").forEach((link) => near?.observe(link));
async function open(row) {
  const link = row.querySelector(":scope > a");
  const story = row.querySelector(":scope > .story");
  if (story) { story.remove(); link.removeAttribute("aria-expanded"); return; }
  row.append(await part(link.href));
  link.setAttribute("aria-expanded", "true");
}
if (log) {
  button.hidden = false;
  button.addEventListener("click", toggle);
  fresh.addEventListener("click", show);
  watch();
  log.addEventListener("click", (e) => {
    const link = e.target.closest(".row > a, [data-more]");
    if (!link || e.ctrlKey || e.metaKey || e.shiftKey || e.button) return;
    e.preventDefault();
    if (link.hasAttribute("data-more")) older(link); else open(link.parentElement).catch(() => { location.href = link.href; });
  });
  document.querySelectorAll(".filters select, .filters input[type=date]").forEach((f) => f.addEventListener("change", () => f.form.requestSubmit()));

  // Whoever comes back finds the place again.
  const key = `log:${location.search}`;
  addEventListener("pagehide", () => { const all = rows(); if (all.length) sessionStorage.setItem(key, JSON.stringify({ y: scrollY, last: all[all.length - 1].dataset.id })); });
  const kept = sessionStorage.getItem(key);
  if (kept && performance.getEntriesByType("navigation")[0]?.type === "back_forward") {
    const { y, last } = JSON.parse(kept);
    (async () => {
      const link = log.querySelector("[data-more]"), oldest = Number(rows().pop()?.dataset.id);
      if (link && Number(last) < oldest) {
        const url = new URL(log.dataset.rows, location.href);
        url.searchParams.set("before", oldest); url.searchParams.set("down", last);
        const more = await part(url);
        link.closest(".more").replaceWith(more);
        watch();
      }
      scrollTo(0, y);
    })().catch(() => {});
  }
}
addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  const typing = e.target.matches("input, select, textarea");
  if (e.key === "/" && !typing) { const field = document.querySelector("input[type=search]"); if (field) { e.preventDefault(); field.focus(); field.select(); } return; }
  if (!log || typing) return;
  if (e.key === "p") toggle();
  if (e.key === "Escape") { const row = document.activeElement.closest?.(".row"); row?.querySelector(":scope > .story")?.remove(); row?.querySelector(":scope > a").focus(); }
  if (e.key !== "j" && e.key !== "k") return;
  const links = rows().map((r) => r.querySelector(":scope > a")), at = links.indexOf(document.activeElement.closest?.(".row")?.querySelector(":scope > a"));
  const to = links[e.key === "j" ? Math.min(at + 1, links.length - 1) : Math.max(at - 1, 0)];
  if (to) { e.preventDefault(); to.focus(); }
});

// Clients are found as one types.
const find = document.querySelector("[data-find]");
let pause;
find?.addEventListener("input", () => {
  clearTimeout(pause);
  pause = setTimeout(async () => {
    const url = new URL("/clients", location.href);
    if (find.value.trim()) url.searchParams.set("q", find.value.trim());
    history.replaceState(null, "", url);
    try { const next = (await part(url)).getElementById("found"); if (next) morph(document.getElementById("found"), next); } catch { /* Asked again at the next letter. */ }
  }, 120);
});

// Many at once. What is ticked stays so while the page keeps itself fresh, and is counted anew.
function count(ticked) {
  const all = main.querySelector("[data-all]"), items = [...main.querySelectorAll("input[name=item]")];
  if (!all) return;
  if (ticked === all) items.forEach((i) => { i.checked = all.checked; });
  const chosen = items.filter((i) => i.checked).length;
  all.checked = chosen > 0 && chosen === items.length;
  all.indeterminate = chosen > 0 && chosen < items.length;
  const words = main.querySelector("[data-selected]");
  if (words) words.textContent = chosen ? `${chosen} selected` : "Decide on the selected ones together";
}
main.addEventListener("change", (e) => count(e.target));
