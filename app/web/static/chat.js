// The conversation in this tab: what was said, what came back, and how it is shown.

import { $, $$, make, onTap } from "./dom.js";
import { clearMap } from "./map.js";
import { ask, Refused } from "./stream.js";
import * as store from "./store.js";

const LEVELS = ["none", "soon", "same_day", "emergency"];
const WORDS = { soon: "See a doctor about this knee", same_day: "Get this knee seen today", emergency: "Call emergency services now" };

const roomy = matchMedia("(min-width: 48rem)");

let chat = fresh();
export let lastReply = null;
let watching = null;
let busy = false;

function fresh() {
  return { id: crypto.randomUUID?.() ?? String(Math.random()).slice(2), title: "", turns: [], examined: false, when: Date.now() };
}

export const conversation = () => chat;

export async function say(text) {
  performance.mark("kneewise:asked"); // seen in the browser's own traces; `make bench-page` reads them
  const question = text.trim();
  if (!question) return note("Type a question, or tap where it hurts.");
  if (busy) return note("One moment: the last answer is still coming.");
  note("");
  chat.turns.push(question);
  chat.title ||= question.slice(0, 80);
  await showTurn(chat.turns.length - 1);
}

// Asks the turn at `index` and shows it; used for new turns and for chats taken up again.
async function showTurn(index, scroll = true) {
  document.body.classList.add("talking");
  const turn = make("article", { class: "turn", "aria-label": `Question ${index + 1}`, id: `turn-${index}` },
    make("h2", { class: "said-bubble" }, chat.turns[index]),
    make("div", { class: "banner-part" }), make("div", { class: "reply-part" }));
  $("#thread-body").append(turn);
  if (scroll) turn.scrollIntoView({ block: "start", behavior: "auto" });
  await answerInto(turn, index);
}

async function answerInto(turn, index) {
  const asked = chat;
  const [banner, reply] = [$(".banner-part", turn), $(".reply-part", turn)];
  busy = true;
  reply.replaceChildren(make("p", { class: "waiting" }, "Reading the articles"));
  try {
    await ask(asked.turns.slice(0, index + 1), asked.examined, (part) => {
      if (asked !== chat) return;
      if (part.part === "banner") {
        banner.innerHTML = part.html; // escaped by the server's templates
        alertOf(part, banner);
        performance.mark("kneewise:banner");
      } else {
        reply.innerHTML = part.html;
        if (roomy.matches) $$(".how", reply).forEach((steps) => { steps.open = true; });
        lastReply = part.reply;
        settle(turn, part.reply);
        performance.mark("kneewise:answered");
      }
    });
  } catch (error) {
    reply.replaceChildren(failure(error, () => answerInto(turn, index)));
    if (!(error instanceof Refused)) document.dispatchEvent(new Event("kneewise:lost"));
  } finally {
    busy = false;
  }
}

function settle(turn, reply) {
  store.saveChat({ ...chat, when: Date.now() });
  store.currentChat(chat.id);
  document.dispatchEvent(new CustomEvent("kneewise:answered", { detail: reply }));
  $$(".turn").filter((other) => other !== turn).forEach((other) => $$(".ask-back, .check, .understood, .next, .held .chip", other).forEach((old) => old.remove()));
  announce(reply.level === "none" ? "Answer ready." : "");
}

function failure(error, again) {
  const words = error instanceof Refused ? error.message : "The answer did not arrive: the connection was lost.";
  const button = make("button", { type: "button", class: "chip" }, "Try again");
  button.addEventListener("click", again);
  return make("div", { class: "failed", role: "alert" }, make("p", {}, words), button);
}

// Keeps the most urgent red flag in view while its card is scrolled away, and says it aloud once.
function alertOf(part, banner) {
  const strip = $("#strip");
  watching?.disconnect();
  strip.replaceChildren();
  const flags = part.red_flags.filter((flag) => flag.status !== "past");
  if (!flags.length) return;
  const level = LEVELS[Math.max(...flags.map((flag) => LEVELS.indexOf(flag.level)))];
  const titles = flags.filter((flag) => flag.level === level).map((flag) => flag.title).join(", ");
  const link = make("a", { href: "#", "data-level": level, hidden: true }, make("span", {}, `${WORDS[level]}: ${titles}`), make("b", {}, "Show"));
  link.addEventListener("click", (event) => {
    event.preventDefault();
    banner.closest(".turn").scrollIntoView({ block: "start" });
  });
  strip.append(link);
  watching = new IntersectionObserver(([entry]) => { link.hidden = entry.isIntersecting; }, { rootMargin: "-90px 0px 0px 0px" });
  watching.observe(banner);
  announce(flags.map((flag) => `${WORDS[flag.level]}. ${flag.title}. ${flag.advice}`).join(" "), level);
}

function announce(words, level = "none") {
  if (words) $(level === "none" ? "#says-politely" : "#says-at-once").textContent = words;
}

function note(words) {
  $("#field-note").textContent = words;
  if (words) $("#question").focus();
}

export function newChat() {
  chat = fresh();
  lastReply = null;
  busy = false;
  watching?.disconnect();
  $("#strip").replaceChildren();
  $("#thread-body").replaceChildren();
  document.body.classList.remove("talking");
  store.currentChat("");
  $("#question").value = "";
  note("");
  clearMap();
  scrollTo(0, 0);
  $("#question").focus({ preventScroll: true });
}

export async function takeUp(saved) {
  newChat();
  chat = { ...saved, turns: [...saved.turns] };
  const taken = chat;
  for (let index = 0; index < taken.turns.length && taken === chat; index += 1) await showTurn(index, index === taken.turns.length - 1);
}

export function setUpChat() {
  const field = $("#question");
  const send = () => {
    const text = field.value;
    if (text.trim() && !busy) field.value = "";
    if (text.trim() && matchMedia("(pointer: coarse)").matches) field.blur(); // the keyboard makes room for the answer
    say(text);
  };
  $("#ask").addEventListener("submit", (event) => { event.preventDefault(); send(); });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); send(); }
  });
  onTap("[data-say]", (button) => say(button.dataset.say));
  onTap("[data-new]", (_, event) => { event.preventDefault(); newChat(); });
  onTap("[data-examined]", (button) => {
    const turn = button.closest(".turn");
    chat.examined = true;
    answerInto(turn, Number(turn.id.slice(5)));
  });
  // Another tab deleted everything: what stands here goes too.
  addEventListener("storage", (event) => { if (event.key === store.CHATS_KEY && event.newValue === null) newChat(); });
  const saved = store.chats().find((entry) => entry.id === store.currentChat());
  if (saved) takeUp(saved);
  else if (store.currentChat()) { store.currentChat(""); note("The chat of this tab is no longer in this browser. Start a new one here."); }
}
