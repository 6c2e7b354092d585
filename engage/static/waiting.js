// On the pages of a signed-in student: sends what waited on this device, shows what was refused, asks before a sign-out.
(() => {
  "use strict";

  const { who, outboxAt, sendTo, logAt } = document.body.dataset;
  if (!who || !("serviceWorker" in navigator) || !globalThis.crypto?.subtle) return;
  const box = globalThis.outbox;

  const make = (name, kind, words = "") => {
    const element = document.createElement(name);
    element.className = kind;
    element.textContent = words;
    return element;
  };
  const entries = (number) => `${number} ${number === 1 ? "entry" : "entries"}`;

  // the only script address that this page ever hands to the browser as text
  const trusted = globalThis.trustedTypes?.createPolicy("engage-worker", {
    createScriptURL: (address) => {
      if (address !== "/sw.js") throw new TypeError(address);
      return address;
    },
  });

  /** No key can be had: there is no connection, or whoever the page is of is not signed in any more. */
  class Away extends Error {}

  /** Do something for the reader; what waits goes on waiting while they are away. */
  const ifHere = (act) => act().catch((error) => {
    if (!(error instanceof Away)) throw error;
  });

  let key;
  /** The key that opens this student's entries; made when first asked for. */
  const ownKey = async () => {
    if (!key) {
      const answer = await fetch(outboxAt, { credentials: "same-origin" }).catch(() => null);
      if (!answer?.ok || answer.redirected) throw new Away();
      const given = await answer.json();
      if (given.who !== who) throw new Away();
      key = await box.ownKey(who, given.secret);
    }
    return key;
  };

  /** Send one entry; its sentence where it was refused, null where it waits on, "" where it is in the log. */
  const send = async (fields) => {
    const body = new URLSearchParams(fields);
    const answer = await fetch(sendTo, { method: "POST", body, credentials: "same-origin" }).catch(() => null);
    // somebody else is signed in here by now: what waits is not theirs to read, and not this page's any more
    if (answer?.status === 409) key = undefined;
    if (answer?.status !== 200 && answer?.status !== 422) return null;
    const said = await answer.json().catch(() => null);
    return said ? (said.kept ? "" : said) : null;
  };

  let notice;
  const tell = (...parts) => {
    notice?.remove();
    notice = make("div", "flash stay");
    notice.setAttribute("role", "status");
    notice.append(...parts);
    document.querySelector("main").prepend(notice);
  };

  const button = (words, act) => {
    const element = make("button", "btn", words);
    element.type = "button";
    element.addEventListener("click", act);
    return element;
  };

  /** One refused entry: its title, the sentence, and what can be done. */
  const refusedRow = (row, fields, said) => {
    const item = make("li", "");
    const title = new Map(fields).get("title");
    item.append(make("p", "", `${title ? `${title}: ` : ""}${said.sentence}`));
    const acts = make("div", "row mt-2");
    const again = async (more) => {
      const changed = [...fields.filter(([name]) => name !== "sure"), ...more];
      if ((await send(changed)) === "") await box.done(row.id);
      await empty();
    };
    if (said.about === "sure") acts.append(button("Yes, log it", () => ifHere(() => again([["sure", "yes"]]))));
    const mend = make("a", "btn", "Mend it");
    mend.href = `${logAt}#mend-${row.id}`;
    acts.append(mend);
    acts.append(button("Throw it away", async () => { await box.done(row.id); await ifHere(empty); }));
    item.append(acts);
    return item;
  };

  /** Send all that waits, each once; what is refused is shown. How many still wait. */
  const empty = async () => {
    const rows = await box.waiting(who);
    if (!rows.length) {
      notice?.remove();
      return 0;
    }
    const opens = await ownKey();
    const refused = [];
    let sent = 0;
    for (const row of rows) {
      const fields = await box.read(opens, row);
      const said = await send(fields);
      if (said === "") {
        await box.done(row.id);
        sent += 1;
      } else if (said) refused.push(refusedRow(row, fields, said));
    }
    const left = rows.length - sent;
    const words = make("div", "");
    if (sent) words.append(make("p", "", `${entries(sent)} that waited on this device ${sent === 1 ? "is" : "are"} in your log now.`));
    if (left > refused.length) words.append(make("p", "", `${entries(left - refused.length)} still wait on this device.`));
    if (refused.length) {
      const list = make("ul", "rows");
      list.append(...refused);
      words.append(make("p", "", "This could not be logged:"), list);
    }
    tell(words);
    return left;
  };

  const toMend = () => Number(location.hash.match(/^#mend-(\d+)$/)?.[1]);

  /** Fill the form with an entry that is to be mended, and send it from here. Whether there is one. */
  const mend = async () => {
    const number = toMend();
    const form = document.querySelector("form[data-entry]");
    const row = number && form && (await box.waiting(who)).find((one) => one.id === number);
    if (!row) return false;
    for (const [name, value] of await box.read(await ownKey(), row)) {
      const field = form.elements[name];
      if (!field || name === "sure" || name === "who") continue;
      field.value = value;
    }
    const sendMended = async (fields) => {
      const said = await send(fields);
      if (said === "") {
        await box.done(row.id);
        location.assign(logAt.replace(/\/new$/, ""));
        return;
      }
      const words = make("div", "");
      words.append(make("p", "", said ? said.sentence : "There is no connection. What you typed is still here."));
      if (said?.about === "sure") {
        const acts = make("div", "row mt-2");
        acts.append(button("Yes, log it", () => sendMended([...fields, ["sure", "yes"]])));
        words.append(acts);
      }
      tell(words);
      notice.scrollIntoView({ block: "center" });
    };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      sendMended([...new FormData(form, event.submitter).entries()].filter(([name]) => name !== "sure"));
    });
    // what was asked about what stood there is no question about what stands there now
    form.addEventListener("input", () => notice?.remove());
    return true;
  };

  /** The browser forgets at a sign-out all that it keeps of us, so what was not sent is asked about first. */
  const signOut = async (event) => {
    const form = event.target;
    if (new URL(form.action).pathname !== "/sign-out" || form.dataset.asked) return;
    event.preventDefault();
    const leave = async (keep) => {
      if (keep) {
        const field = make("input", "");
        [field.type, field.name, field.value] = ["hidden", "keep", "1"];
        form.append(field);
      }
      await box.leaves();
      form.dataset.asked = "1";
      form.submit();
    };
    const all = await box.waiting();
    const own = all.some((row) => row.who === who) ? await empty().catch(() => 1) : 0;
    if (!own) {
      await leave(all.some((row) => row.who !== who));
      return;
    }
    const throwAway = async () => {
      for (const row of await box.waiting(who)) await box.done(row.id);
      await leave((await box.waiting()).length > 0);
    };
    const acts = make("div", "row mt-2");
    acts.append(
      button("Keep them for me", () => leave(true)),
      button("Throw them away", throwAway),
      button("Stay signed in", () => ifHere(empty)),
    );
    const words = make("div", "");
    words.append(make("p", "", `${entries(own)} on this device could not be sent yet. Nobody else can read them.`), acts);
    tell(words);
  };

  /** Say in each form that logs whose page it stands on, so that it is kept for nobody else. */
  const nameForms = () => {
    for (const form of document.querySelectorAll("form[method=post]")) {
      if (!/\/(me\/log\/new|programs\/[^/]+\/log)$/.test(new URL(form.action).pathname)) continue;
      const field = form.elements.who ?? make("input", "");
      [field.type, field.name, field.value] = ["hidden", "who", who];
      if (!field.form) form.append(field);
    }
  };

  /** Take this device for the page's reader, and send what waits. */
  const begin = async () => {
    const owner = await box.owner();
    if (owner && owner.who !== who) await box.leaves();
    if (owner?.who !== who) await ownKey();
    await box.owns(who, logAt);
    nameForms();
    // what waits besides is sent from the next page, so that nothing but what is being mended is asked about here
    if (!(await mend())) await empty();
    document.body.dataset.outbox = "ready";
  };

  document.addEventListener("submit", signOut);
  window.addEventListener("online", () => ifHere(empty));
  // on the page of the form itself such a link leads to the page that is there
  window.addEventListener("hashchange", () => { if (toMend()) location.reload(); });

  /** The page comes first: the worker brings files of its own. */
  const settle = async () => {
    navigator.serviceWorker.register(trusted ? trusted.createScriptURL("/sw.js") : "/sw.js");
    await ifHere(begin);
  };
  window.addEventListener("load", () => (window.requestIdleCallback ?? setTimeout)(settle));
})();
