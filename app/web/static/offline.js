// The offline page: shows the plan that this device keeps.

import { $, make } from "./dom.js";
import { plan } from "./store.js";

const kept = plan();
if (kept.length) {
  $("#offline-plan").replaceChildren(...kept.map((entry) => make("section", { class: "plan-item" }, make("h3", {}, entry.name),
    entry.dose ? make("p", { class: "dose" }, entry.dose) : null, make("ol", { class: "steps" }, ...entry.steps.map((step) => make("li", {}, step))))));
}
