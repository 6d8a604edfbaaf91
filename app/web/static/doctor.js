// For my doctor: one page of what was said, what was found, and since when, made here from this chat.

import { $, make, onTap } from "./dom.js";
import * as chat from "./chat.js";

const SINCE = /[^.!?\n]*\b(since|ago|yesterday|last (night|week|month|year|summer|winter|spring|autumn|fall)|this morning|today|for (about |over |nearly )?(a|an|one|two|three|four|five|six|\d+) (few )?(hour|day|week|month|year)s?)\b[^.!?\n]*/gi;

export function setUpDoctor() {
  onTap("[data-doctor='print']", () => print());
  onTap("[data-doctor='copy']", (button) => copy(button));
}

async function copy(button) {
  const words = button.textContent;
  try {
    await navigator.clipboard.writeText(`${$(".letter").innerText}\n${$("#doctor-more").value}`);
    button.textContent = "Copied";
  } catch {
    button.textContent = "The browser does not allow copying here";
  }
  setTimeout(() => { button.textContent = words; }, 2500);
}

export function showSummary() {
  const { turns, examined } = chat.conversation();
  $("#doctor-body").replaceChildren(turns.length ? letter(turns, examined, chat.lastReply)
    : make("p", { class: "empty" }, "Ask about your knee first. What you say is gathered here on one page to show a clinician."));
}

function letter(turns, examined, reply) {
  const flags = (reply?.red_flags ?? []).map((flag) => make("li", {}, make("b", {}, flag.title), ` (${flag.status.replace("_", " ")}): “${flag.quote}”`));
  const since = turns.flatMap((turn) => turn.match(SINCE) ?? []).map((part) => part.trim());
  const understood = reply?.understood ?? {};
  const facts = [["Date", new Date().toLocaleDateString()], ["Where", (understood.places ?? []).join(", ")], ["When it hurts", (understood.triggers ?? []).join(", ")],
    ["Activity", (understood.activities ?? []).join(", ")], ["Since when", since.join("; ") || "not said"], ["Examined before", examined ? "yes, by their own account" : "not said"]];
  return make("div", { class: "letter" },
    make("dl", {}, ...facts.filter(([, value]) => value).flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value.replaceAll(/[_-](?=[a-z])/g, " "))])),
    make("h3", {}, "In my words"), make("ul", {}, ...turns.map((turn) => make("li", {}, `“${turn}”`))),
    make("h3", {}, "Warning signs found by Kneewise"), flags.length ? make("ul", {}, ...flags) : make("p", {}, "None in what was said."),
    ...unasked(reply),
    make("label", { for: "doctor-more" }, "Anything to add"), make("textarea", { class: "write", id: "doctor-more" }));
}

function unasked(reply) {
  const open = (reply?.quick_check ?? []).map((check) => check.label);
  return open.length ? [make("h3", {}, "Not spoken of"), make("p", {}, open.join("; "))] : [];
}
