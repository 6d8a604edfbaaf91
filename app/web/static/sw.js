// Keeps the offline page at hand: red flags and the plan need no server. Answers are never cached.

const KEPT = "kneewise-1";
const FILES = ["/page/offline", "/page/page.css", "/page/reply.css", "/page/panels.css", "/page/print.css", "/page/offline.js", "/page/dom.js", "/page/store.js", "/page/icon.svg"];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((cache) => cache.addAll(FILES)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(caches.keys().then((names) => Promise.all(names.filter((name) => name !== KEPT).map((name) => caches.delete(name)))).then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { pathname } = new URL(event.request.url);
  if (event.request.method !== "GET") return;
  if (event.request.mode === "navigate") event.respondWith(fetch(event.request).catch(() => caches.match("/page/offline")));
  else if (FILES.includes(pathname)) event.respondWith(fetch(event.request).catch(() => caches.match(event.request, { ignoreSearch: true })));
});
