// My plan: exercises picked from the answers, kept here, printed, or taken along as Markdown or calendar.

import { $, $$, leftOut, make, onTap, saveFile } from "./dom.js";
import * as store from "./store.js";
import { calendar, DAYS } from "./calendar.js";

export function setUpPlan() {
  onTap("[data-pick]", (button) => toggle(button.dataset.pick));
  onTap("[data-drop]", (button) => { toggle(button.dataset.drop); showPlan(); $("#plan-title").focus(); });
  onTap("[data-plan]", (button) => ACTIONS[button.dataset.plan]());
  document.addEventListener("change", (event) => {
    const { exercise, day } = event.target.dataset ?? {};
    if (exercise) setDay(exercise, Number(day), event.target.checked);
  });
  document.addEventListener("kneewise:answered", (event) => {
    event.detail.exercises.forEach((exercise) => seen.set(exercise.id, exercise));
    markPicked();
  });
  markPicked();
}

// Every card shown in this tab, so that those of earlier turns can be picked too.
const seen = new Map();

const ACTIONS = {
  print: () => print(),
  markdown: () => saveFile("my-knee-plan.md", "text/markdown", markdown(store.plan())),
  calendar: () => saveFile("my-knee-plan.ics", "text/calendar", calendar(store.plan(), new Date())),
  clear: () => { store.savePlan([]); showPlan(); markPicked(); $("#plan-title").focus(); },
};

function toggle(id) {
  const kept = store.plan();
  if (kept.some((entry) => entry.id === id)) store.savePlan(kept.filter((entry) => entry.id !== id));
  else {
    const card = seen.get(id);
    if (card) store.savePlan([...kept, { ...card, days: [0, 2, 4] }]);
  }
  markPicked();
}

function setDay(id, day, on) {
  store.savePlan(store.plan().map((entry) => (entry.id !== id ? entry
    : { ...entry, days: [...entry.days.filter((other) => other !== day), ...(on ? [day] : [])].sort() })));
}

function markPicked() {
  const picked = new Set(store.plan().map((entry) => entry.id));
  for (const button of $$("[data-pick]")) button.setAttribute("aria-pressed", String(picked.has(button.dataset.pick)));
  const count = $("[data-plan-count]");
  count.hidden = picked.size === 0;
  count.textContent = picked.size || "";
}

export function showPlan() {
  const kept = store.plan();
  $("#plan-actions").hidden = kept.length === 0;
  $("#plan-body").replaceChildren(...leftOut(store.unreadable.plan, "exercise"), ...(kept.length ? kept.map(planItem)
    : [make("p", { class: "empty" }, "Nothing here yet. Ask a question, then tap “My plan” on an exercise.")]));
}

function planItem(entry) {
  const days = make("fieldset", { class: "plan-days" }, make("legend", {}, "Days"),
    ...DAYS.map((name, day) => make("label", {}, make("input", { type: "checkbox", "data-exercise": entry.id, "data-day": day, checked: entry.days.includes(day), "aria-label": `${name}: ${entry.name}` }), name.slice(0, 2))));
  return make("section", { class: "plan-item" },
    make("h3", {}, entry.name, make("button", { type: "button", class: "chip quiet", "data-drop": entry.id, "aria-label": `Remove ${entry.name}` }, "Remove")),
    entry.dose ? make("p", { class: "dose" }, entry.dose) : null,
    make("ol", { class: "steps" }, ...entry.steps.map((step) => make("li", {}, step))),
    entry.caution ? make("p", { class: "cue" }, make("b", {}, "Mind "), entry.caution) : null,
    days);
}

function markdown(entries) {
  const parts = entries.map((entry) => [`## ${entry.name}`, entry.dose && `**${entry.dose}**`,
    entry.days.length && `Days: ${entry.days.map((day) => DAYS[day]).join(", ")}`,
    entry.steps.map((step, index) => `${index + 1}. ${step}`).join("\n"), entry.caution && `Mind: ${entry.caution}`].filter(Boolean).join("\n\n"));
  return `# My knee plan\n\n${parts.join("\n\n")}\n\nGeneral information, not a diagnosis.\n`;
}
