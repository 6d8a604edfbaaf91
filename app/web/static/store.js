// What this browser keeps: chats, the plan, settings. Entries that are not of the expected form are dropped,
// so that an edited or damaged store never reaches the page.

const PREFIX = "kneewise.";
export const CHATS_KEY = `${PREFIX}chats`;
const MAX_CHATS = 100;

export const isText = (value, longest = 20000) => typeof value === "string" && value.length <= longest;
const texts = (value) => Array.isArray(value) && value.every((item) => isText(item));
const isChat = (c) => c && isText(c.id, 40) && isText(c.title, 200) && texts(c.turns) && c.turns.length > 0
  && typeof c.examined === "boolean" && Number.isFinite(c.when);
const isExercise = (e) => e && isText(e.id, 80) && isText(e.name, 200) && isText(e.dose ?? "", 400) && texts(e.steps)
  && texts(e.where) && texts(e.kit ?? []) && isText(e.caution ?? "", 1000) && Array.isArray(e.days)
  && e.days.every((day) => Number.isInteger(day) && day >= 0 && day < 7);

// How many entries of this visit could not be read: said where they are missed.
export const unreadable = { chats: 0, plan: 0 };

function read(name, isEntry) {
  const entries = parsed(name);
  const kept = entries.filter(isEntry);
  unreadable[name] = Math.max(unreadable[name], entries.length - kept.length);
  return kept;
}

function parsed(name) {
  try {
    const entries = JSON.parse(localStorage.getItem(PREFIX + name) ?? "[]");
    return Array.isArray(entries) ? entries : [null];
  } catch {
    return [null];
  }
}

function write(name, entries) {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(entries));
    return true;
  } catch {
    return false; // private windows may refuse; the chat itself goes on
  }
}

export const chats = () => read("chats", isChat).sort((a, b) => b.when - a.when);
export const plan = () => read("plan", isExercise);
export const savePlan = (entries) => write("plan", entries);

export function saveChat(chat) {
  // Read again before each write: another tab may have saved its own chat meanwhile.
  write("chats", [chat, ...chats().filter((other) => other.id !== chat.id)].slice(0, MAX_CHATS));
}

export const deleteChat = (id) => write("chats", chats().filter((chat) => chat.id !== id));

export function setting(name, value) {
  try {
    if (value !== undefined) localStorage.setItem(PREFIX + name, value);
    return localStorage.getItem(PREFIX + name);
  } catch {
    return null;
  }
}

// The chat that this tab shows; per tab, so that two tabs do not mix.
export function currentChat(id) {
  try {
    if (id !== undefined) sessionStorage.setItem(PREFIX + "chat", id);
    return sessionStorage.getItem(PREFIX + "chat");
  } catch {
    return null;
  }
}

export function deleteEverything() {
  Object.assign(unreadable, { chats: 0, plan: 0 });
  for (const area of [localStorage, sessionStorage]) {
    Object.keys(area).filter((key) => key.startsWith(PREFIX)).forEach((key) => area.removeItem(key));
  }
}
