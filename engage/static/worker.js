// The service worker. Begins with VERSION, SHELL and the outbox, which /sw.js sets before this.
// It keeps one page and what that is made of, all of it the same for everybody. Nothing that a person was shown is
// ever kept, and no answer to anything else is given from memory.
(() => {
  "use strict";
  const CACHE = `shell ${VERSION}`;
  const LOGGED_AT = /^\/[^/]+\/(me\/log\/new|programs\/[^/]+\/log)$/;

  self.addEventListener("install", (event) => {
    const fill = async () => {
      const cache = await caches.open(CACHE);
      await cache.addAll(SHELL.map((path) => new Request(path, { credentials: "omit", cache: "no-cache" })));
      await self.skipWaiting();
    };
    event.waitUntil(fill());
  });

  self.addEventListener("activate", (event) => {
    const tidy = async () => {
      const names = await caches.keys();
      await Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
      await self.clients.claim();
    };
    event.waitUntil(tidy());
  });

  const shell = async (path) => (await caches.open(CACHE)).match(path);
  const lost = async () => (await shell("/offline")) ?? Response.error();

  const isEntry = (request) => request.method === "POST" && LOGGED_AT.test(new URL(request.url).pathname);

  /** A page, or what stands in its place. An entry that did not get through is kept. */
  const visit = async (request) => {
    const entry = isEntry(request) ? request.clone() : null;
    try {
      return await fetch(request);
    } catch {
      if (!entry) return lost();
      const fields = [...(await entry.formData()).entries()].filter(([, value]) => typeof value === "string");
      return Response.redirect((await outbox.keep(fields)) ? "/offline#kept" : "/offline#lost", 303);
    }
  };

  self.addEventListener("fetch", (event) => {
    const { request } = event;
    const url = new URL(request.url);
    if (url.origin !== location.origin) return;
    if (request.mode === "navigate") {
      // other acts, such as signing out, are between the browser and the service
      if (request.method === "GET" || isEntry(request)) event.respondWith(visit(request));
    } else if (request.method === "GET" && SHELL.includes(url.pathname) && url.pathname !== "/offline")
      event.respondWith(shell(url.pathname).then((kept) => kept ?? fetch(request)));
  });
})();
