// Entries that wait on this device until there is a connection. Used by pages and by the service worker.
//
// Devices are shared. So an entry lies here sealed with a key of the student who wrote it, and what opens that key is
// given only to a page of that very student, signed in. Nobody else learns more than how many entries wait.
(() => {
  "use strict";
  const CURVE = { name: "ECDH", namedCurve: "P-256" };
  const STATE = "state";
  const WAITING = "waiting";
  const IDLE = 20 * 60_000; // as long as a student's session

  const open = () =>
    new Promise((done, fail) => {
      const asked = indexedDB.open("engage", 1);
      asked.onupgradeneeded = () => {
        asked.result.createObjectStore(STATE);
        asked.result.createObjectStore(WAITING, { autoIncrement: true, keyPath: "id" });
      };
      asked.onsuccess = () => done(asked.result);
      asked.onerror = () => fail(asked.error);
    });

  /** Ask one store for something, and wait until it is on the disk. */
  const ask = async (store, mode, act) => {
    const base = await open();
    try {
      return await new Promise((done, fail) => {
        const unit = base.transaction(store, mode, { durability: "strict" });
        const asked = act(unit.objectStore(store));
        unit.oncomplete = () => done(asked.result);
        unit.onerror = unit.onabort = () => fail(unit.error);
      });
    } finally {
      base.close();
    }
  };
  const get = (name) => ask(STATE, "readonly", (store) => store.get(name));
  const put = (name, value) => ask(STATE, "readwrite", (store) => store.put(value, name));
  const drop = (name) => ask(STATE, "readwrite", (store) => store.delete(name));

  const aes = (key, usages) => crypto.subtle.importKey("raw", key, "AES-GCM", false, usages);
  const shared = (mine, theirs, usage) =>
    crypto.subtle.deriveKey({ name: "ECDH", public: theirs }, mine, { name: "AES-GCM", length: 256 }, false, [usage]);

  /** Words that only the holder of the other half of this key reads. */
  const seal = async (key, words) => {
    const pair = await crypto.subtle.generateKey(CURVE, false, ["deriveKey"]);
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const secret = await shared(pair.privateKey, key, "encrypt");
    const text = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, secret, new TextEncoder().encode(words));
    return { from: pair.publicKey, iv, text };
  };

  const unseal = async (key, { from, iv, text }) => {
    const secret = await shared(key, from, "decrypt");
    return new TextDecoder().decode(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, secret, text));
  };

  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

  /** The half that opens: made once for a student and device, and kept locked with the student's secret. */
  const ownKey = async (who, secret) => {
    const lock = await aes(bytes(secret), ["wrapKey", "unwrapKey"]);
    const kept = await get(`key ${who}`);
    if (kept) {
      const how = { name: "AES-GCM", iv: kept.iv };
      return crypto.subtle.unwrapKey("pkcs8", kept.locked, lock, how, CURVE, false, ["deriveKey"]);
    }
    const pair = await crypto.subtle.generateKey(CURVE, true, ["deriveKey"]);
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const locked = await crypto.subtle.wrapKey("pkcs8", pair.privateKey, lock, { name: "AES-GCM", iv });
    await put(`key ${who}`, { closes: pair.publicKey, locked, iv });
    return pair.privateKey;
  };

  globalThis.outbox = {
    ownKey,

    /** Who writes on this device now, and where their entries go. */
    owner: () => get("owner"),
    owns: (who, action) => put("owner", { who, action, until: Date.now() + IDLE }),
    leaves: () => drop("owner"),

    /**
     * Keep an entry of the owner. fields: pairs of name and value; the one called who says on whose page the form stood.
     * False where that is not the owner, or the owner has rested for as long as a session lasts.
     */
    keep: async (fields) => {
      const owner = await get("owner");
      if (!owner || owner.until < Date.now() || new Map(fields).get("who") !== owner.who) return false;
      const key = await get(`key ${owner.who}`);
      if (!key) return false;
      const sealed = await seal(key.closes, JSON.stringify(fields));
      await ask(WAITING, "readwrite", (store) => store.add({ who: owner.who, sealed }));
      return true;
    },

    /** All that wait, sealed; of one student only where a name is given. */
    waiting: async (who) => {
      const rows = await ask(WAITING, "readonly", (store) => store.getAll());
      return who === undefined ? rows : rows.filter((row) => row.who === who);
    },
    read: async (key, row) => JSON.parse(await unseal(key, row.sealed)),
    done: (id) => ask(WAITING, "readwrite", (store) => store.delete(id)),
  };
})();
