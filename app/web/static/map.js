// The knee map: a tapped place joins the question; a place with a red flag of its own shows it at once.

import { $, $$, make } from "./dom.js";

export function setUpMap() {
  for (const region of $$(".region")) {
    region.addEventListener("click", () => choose(region));
    region.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(region); }
    });
  }
  for (const spot of $$("[data-also]")) spot.addEventListener("click", () => choose($(`.region[data-region="${spot.dataset.also}"]`)));
}

export function clearMap() {
  press(null);
  $("#map-note").replaceChildren();
}

function choose(region) {
  const field = $("#question");
  const before = $(".region[aria-pressed='true']");
  const phrase = region.dataset.phrase;
  if (before && field.value.includes(before.dataset.phrase)) field.value = field.value.replace(before.dataset.phrase, phrase);
  else field.value = field.value.trim() ? `${field.value.trim()} ${phrase}` : `It hurts ${phrase}`;
  press(region);
  field.dispatchEvent(new Event("input"));
  showNote(region);
}

function press(chosen) {
  for (const region of $$(".region")) region.setAttribute("aria-pressed", String(region === chosen));
  for (const spot of $$("[data-also]")) spot.classList.toggle("on", spot.dataset.also === chosen?.dataset.region);
}

function showNote(region) {
  const held = $(`template[data-region-note="${region.dataset.region}"]`);
  const added = make("p", { class: "added" }, make("b", {}, `Added: ${region.dataset.phrase}. `), "Say when it hurts, or ask right away.");
  const go = make("button", { type: "button", class: "chip strong" }, "Ask about this");
  go.addEventListener("click", () => $("#ask").requestSubmit());
  $("#map-note").replaceChildren(...(held ? [held.content.cloneNode(true)] : []), added, go);
  $("#map-note").scrollIntoView({ block: "nearest" });
}
