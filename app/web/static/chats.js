// Past chats: kept in this browser, searched, renamed, taken up again, deleted.

import { $, day, leftOut, make, onTap } from "./dom.js";
import * as chat from "./chat.js";
import * as store from "./store.js";

export function setUpChats() {
  $("#history-search").addEventListener("input", showChats);
  onTap("[data-chat]", (button) => {
    const saved = store.chats().find((entry) => entry.id === button.dataset.chat);
    $("#history").close();
    if (saved) chat.takeUp(saved);
  });
  onTap("[data-rename]", (button) => rename(button.dataset.rename, button.closest("li")));
  onTap("[data-delete]", (button) => { store.deleteChat(button.dataset.delete); showChats(); $("#history-title").focus(); });
}

export function showChats() {
  const wanted = $("#history-search").value.trim().toLowerCase();
  const kept = store.chats();
  $("#history-note").replaceChildren(...leftOut(store.unreadable.chats, "chat"));
  const found = kept.filter((entry) => [entry.title, ...entry.turns].join(" ").toLowerCase().includes(wanted));
  $("#history-list").replaceChildren(...(found.length ? found.map(row)
    : [make("li", { class: "empty" }, wanted ? "No chat holds these words." : "No chats yet.")]));
}

function row(entry) {
  const open = make("button", { type: "button", class: "open-chat", "data-chat": entry.id }, make("b", {}, entry.title),
    make("small", {}, `${day(entry.when)} · ${entry.turns.length} question${entry.turns.length > 1 ? "s" : ""}`));
  return make("li", {}, open, make("button", { type: "button", class: "nav", "data-rename": entry.id, "aria-label": `Rename ${entry.title}` }, "Rename"),
    make("button", { type: "button", class: "nav", "data-delete": entry.id, "aria-label": `Delete ${entry.title}` }, "Delete"));
}

function rename(id, item) {
  const entry = store.chats().find((saved) => saved.id === id);
  const field = make("input", { class: "write", value: entry.title, maxlength: 80, "aria-label": "New name" });
  const done = () => { store.saveChat({ ...entry, title: field.value.trim() || entry.title }); showChats(); };
  field.addEventListener("keydown", (event) => { if (event.key === "Enter") done(); });
  field.addEventListener("blur", done, { once: true });
  item.replaceChildren(field);
  field.focus();
}
