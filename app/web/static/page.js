// Starts the page's parts once Gradio has put them into the document.

import { $, $$, onTap } from "./dom.js";
import { conversation, newChat, setUpChat } from "./chat.js";
import { setUpMap } from "./map.js";
import { setUpReader } from "./reader.js";
import { setUpPlan, showPlan } from "./plan.js";
import { setUpDoctor, showSummary } from "./doctor.js";
import { setUpFeedback } from "./feedback.js";
import { setUpUnderstood } from "./understood.js";
import { setUpChats, showChats } from "./chats.js";
import * as store from "./store.js";

const PARTS = ["#ask", "#thread-body", "#strip", "#reader", "#plan", "#history-list", ".knee-map"];
const THEMES = { auto: "as the device", light: "light", dark: "dark" };
const FILL = { plan: showPlan, doctor: showSummary, history: showChats };

applyTheme(store.setting("theme") ?? "auto");
const waiting = new MutationObserver(start);
waiting.observe(document.documentElement, { childList: true, subtree: true });
start();

function start() {
  if (!PARTS.every((part) => $(part))) return;
  waiting.disconnect();
  [setUpMap, setUpReader, setUpPlan, setUpDoctor, setUpChats, setUpFeedback, setUpUnderstood, setUpDialogs, setUpConnection, setUpChat].forEach((setUp) => setUp());
  document.documentElement.dataset.ready = "true";
  performance.mark("kneewise:ready");
  navigator.serviceWorker?.register("/sw.js").catch(() => {});
}

function setUpDialogs() {
  onTap("[data-open]", (button) => {
    const id = button.dataset.open;
    $$("dialog[open]").forEach((open) => open.close());
    FILL[id]?.();
    $(`#${id}`).showModal();
    $(`#${id}-title`).focus();
  });
  onTap("[data-dialog-close]", (button) => button.closest("dialog").close());
  onTap("dialog", (dialog, event) => { if (event.target === dialog) dialog.close(); });
  // Without a change of address: going back to one with a fragment would take the focus away again.
  onTap(".skip", (_, event) => { event.preventDefault(); $("#question").focus(); });
  onTap("[data-theme-next]", () => {
    const names = Object.keys(THEMES);
    applyTheme(names[(names.indexOf(store.setting("theme") ?? "auto") + 1) % names.length]);
  });
  onTap("[data-delete-all]", () => { $$("dialog[open]").forEach((open) => open.close()); $("#confirm").showModal(); });
  onTap("[data-delete-yes]", () => { store.deleteEverything(); $("#confirm").close(); location.assign("/"); });
  applyTheme(store.setting("theme") ?? "auto");
}

function applyTheme(name) {
  const theme = name in THEMES ? name : "auto";
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  store.setting("theme", theme);
  const label = $("[data-theme-label]");
  if (label) label.textContent = `Light or dark: ${THEMES[theme]}`;
}

// Says so when the server goes, and when it is back.
function setUpConnection() {
  const bar = $("#connection");
  let trying = false;
  async function watch() {
    if (trying) return;
    trying = true;
    for (;;) {
      bar.textContent = "Reconnecting to Kneewise";
      await new Promise((done) => { setTimeout(done, 2000); });
      try { if ((await fetch("/healthz", { cache: "no-store" })).ok) break; } catch { /* still away */ }
    }
    bar.textContent = "";
    trying = false;
  }
  document.addEventListener("kneewise:lost", watch);
  addEventListener("offline", watch);
  addEventListener("beforeprint", () => $$("details.how, details.rest").forEach((folded) => { folded.open = true; }));
  addEventListener("pageshow", (event) => { if (event.persisted && !conversation().turns.length) newChat(); });
}
