// The reader: a citation opens its article beside the chat, at the sentence cited.

import { $, $$, onTap } from "./dom.js";

let cited = [];
let place = 0;
let opener = null;

export function setUpReader() {
  onTap("a.cite", (link, event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return; // a new tab shows the passage's own page
    event.preventDefault();
    open(link);
  });
  onTap("[data-step]", (button) => step(Number(button.dataset.step)));
  onTap("[data-close]", close);
  onTap("[data-share]", share);
  addEventListener("popstate", () => { if (!$("#reader").hidden) hide(); });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !$("#reader").hidden && !$("dialog[open]")) close();
  });
}

function open(link) {
  const seen = new Map();
  for (const other of $$("a.cite", link.closest(".turn") ?? document)) {
    if (!seen.has(other.dataset.n)) seen.set(other.dataset.n, other);
  }
  cited = [...seen.values()].sort((a, b) => a.dataset.n - b.dataset.n);
  place = cited.findIndex((other) => other.dataset.n === link.dataset.n);
  opener = link;
  if ($("#reader").hidden) history.pushState({ reader: true }, "");
  show();
}

function step(by) {
  place = (place + by + cited.length) % cited.length;
  show();
}

async function show() {
  const link = cited[place];
  const { passage, start, end, n } = link.dataset;
  const body = $("#reader-body");
  $("#reader").hidden = false;
  document.body.classList.add("reading");
  $("#reader-place").textContent = cited.length > 1 ? `Source ${n} of ${cited.length}` : `Source ${n}`;
  $$("a.cite[aria-current]").forEach((other) => other.removeAttribute("aria-current"));
  $$("a.cite").filter((other) => other.dataset.n === n && other.closest(".turn") === link.closest(".turn"))
    .forEach((other) => other.setAttribute("aria-current", "true"));
  try {
    const response = await fetch(`/page/reader/${encodeURIComponent(passage)}?${new URLSearchParams({ start, end })}`);
    body.innerHTML = response.ok ? await response.text() : ""; // escaped by the server's templates
    if (!response.ok) body.textContent = (await response.json()).error;
  } catch {
    body.textContent = "The article could not be loaded: the connection was lost.";
  }
  $("mark", body)?.scrollIntoView({ block: "center" });
  $("#reader-title", body)?.focus({ preventScroll: true });
}

function close() {
  if (history.state?.reader) history.back();
  else hide();
}

function hide() {
  $("#reader").hidden = true;
  document.body.classList.remove("reading");
  $$("a.cite[aria-current]").forEach((other) => other.removeAttribute("aria-current"));
  opener?.focus({ preventScroll: true });
}

async function share() {
  const label = $("[data-share] span");
  const words = label.textContent;
  try {
    await navigator.clipboard.writeText(cited[place].href);
    label.textContent = "Copied";
  } catch {
    label.textContent = cited[place].pathname;
  }
  setTimeout(() => { label.textContent = words; }, 2500);
}
