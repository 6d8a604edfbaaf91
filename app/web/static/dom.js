// Making and finding elements. Text set here is always text, never markup.

export const $ = (selector, within = document) => within.querySelector(selector);
export const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

// Answers one click anywhere inside an element that matches `selector`, now or later.
export function onTap(selector, act) {
  document.addEventListener("click", (event) => {
    const target = event.target.closest?.(selector);
    if (target) act(target, event);
  });
}

export function saveFile(name, type, text) {
  const link = make("a", { href: URL.createObjectURL(new Blob([text], { type })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

export const day = (when) => new Date(when).toLocaleDateString(undefined, { day: "numeric", month: "short", year: "numeric" });

export function leftOut(count, thing) {
  const words = count === 1 ? `One saved ${thing} is damaged and was left out.` : `${count} saved ${thing}s are damaged and were left out.`;
  return count ? [make("p", { class: "left-out", role: "note" }, words)] : [];
}
