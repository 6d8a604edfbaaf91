// A correction of what was understood: sent as a message of its own, so that the warning signs of earlier ones stay.

import { say } from "./chat.js";

const WANTED = "What I want to know";
const listed = (phrases) => phrases.join(" and ");

function chosen(said) {
  const facts = [...new Set(said.keys())].filter((name) => name !== WANTED).map((name) => listed(said.getAll(name)));
  return `${["my knee hurts", facts.join(", ")].filter(Boolean).join(" ")}. ${said.get(WANTED) ?? ""}`.trim();
}

export function setUpUnderstood() {
  document.addEventListener("submit", (event) => {
    const form = event.target.closest?.("[data-correct]");
    if (!form) return;
    event.preventDefault();
    const said = new FormData(form);
    const words = said.get("words").trim();
    said.delete("words");
    say(`Correction: ${words || chosen(said)}`);
  });
}
