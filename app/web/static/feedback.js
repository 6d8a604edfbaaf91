// Feedback on an answer: a reason, and what was said only where the person ticks it.

import { $, make } from "./dom.js";
import { conversation, lastReply } from "./chat.js";

export function setUpFeedback() {
  document.addEventListener("submit", async (event) => {
    const form = event.target.closest?.("[data-feedback]");
    if (!form) return;
    event.preventDefault();
    const said = new FormData(form);
    const word = {
      reason: said.get("reason"),
      build: lastReply?.build ?? "",
      outcome: lastReply?.outcome ?? "",
      passages: (lastReply?.citations ?? []).map((citation) => citation.passage_id).slice(0, 60),
      turns: said.get("turns") ? conversation().turns : [],
    };
    const sent = await fetch("/v1/feedback", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(word) })
      .then((response) => response.ok, () => false);
    form.replaceWith(make("p", { role: "status" }, sent ? "Thank you. It was kept without your name or address." : "It could not be kept. Nothing was stored."));
    $("#says-politely").textContent = sent ? "Feedback sent." : "Feedback was not sent.";
  });
}
