// The inbox by keyboard, without a new page for each decision: nothing here is needed to work it.
(() => {
  "use strict";

  const OFF = "engage-inbox-keys";
  const main = document.getElementById("main");
  const all = (wanted, within = main) => [...within.querySelectorAll(wanted)];
  const rows = () => all("[data-entries] > .mail");
  const places = () => rows().map((row) => row.id);
  const keysOn = () => localStorage.getItem(OFF) === null;

  // outside of what is exchanged, so that it stays the same for those who listen to it
  const told = document.createElement("p");
  told.className = "vh";
  told.setAttribute("role", "status");
  document.body.append(told);

  let last = "";
  const current = () => {
    const row = document.activeElement?.closest(".mail") ?? document.getElementById(last);
    return row && rows().includes(row) ? row : null;
  };

  const stand = (row) => {
    last = row.id;
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  };

  const step = (by) => {
    const there = rows();
    const here = there.indexOf(current());
    const next = here < 0 ? there[0] : there[Math.min(Math.max(here + by, 0), there.length - 1)];
    if (next) stand(next);
  };

  /** What is picked, said on the buttons; a tick for all ticks each. */
  const count = (changed) => {
    const [whole, every] = [main.querySelector("[name=all]"), main.querySelector("[name=every]")];
    const picks = all("[name=pick]");
    if (changed === whole) for (const pick of picks) pick.checked = whole.checked;
    if (changed?.name === "pick" && whole) whole.checked = picks.every((pick) => pick.checked);
    const number = every?.checked ? Number(every.value) : picks.filter((pick) => pick.checked).length;
    for (const button of all("[name=do]")) {
      const word = button.value === "add" ? "Add" : "Skip";
      button.textContent = number ? `${word} ${number.toLocaleString("en-US")}` : `${word} picked`;
    }
  };

  const dress = () => {
    for (const button of all("[data-keys]")) button.hidden = false;
    for (const button of all("[data-switch]")) button.textContent = keysOn() ? "Turn the keys off" : "Turn the keys on";
    count();
  };

  /** Where to stand after rows have gone: at what followed, else before it; after an undo at what came back. */
  const settle = (before, from, undone) => {
    const now = places();
    const back = undone ? now.find((id) => !before.includes(id)) : undefined;
    const follows = [...before.slice(Math.max(from, 0)), ...before.slice(0, Math.max(from, 0)).reverse()];
    const row = document.getElementById(back ?? follows.find((id) => now.includes(id)) ?? now[0] ?? "");
    if (row) stand(row);
    else main.focus();
  };

  const tell = (words) => {
    told.textContent = words;
  };

  /** Ask for a page, as a page: the policy lets no script make one out of text. */
  const ask = (address, body) =>
    new Promise((answered, failed) => {
      const asking = new XMLHttpRequest();
      asking.open("POST", address);
      asking.responseType = "document";
      asking.addEventListener("load", () => answered(asking));
      asking.addEventListener("error", failed);
      asking.send(body);
    });

  /** Send what a button sends, and show the page that answers in the place of this one. */
  const send = async (form, button) => {
    const before = places();
    const from = before.indexOf(button?.closest(".mail")?.id ?? current()?.id ?? "");
    const body = new URLSearchParams(new FormData(form, button));
    let answer;
    try {
      answer = await ask(button?.hasAttribute("formaction") ? button.formAction : form.action, body);
    } catch {
      tell("That did not reach the library. Try again.");
      return;
    }
    const page = answer.response;
    const worked = Boolean(page?.querySelector("[data-inbox]"));
    main.replaceChildren(...(page?.getElementById("main")?.childNodes ?? ["Something went wrong. Load the page again."]));
    if (!worked) {
      // no inbox but a reason: the session has ended, say, and what was typed stands there
      main.focus();
      return;
    }
    document.querySelector("header nav")?.replaceWith(page.querySelector("header nav"));
    history.replaceState(null, "", answer.responseURL);
    dress();
    settle(before, from, Boolean(button?.matches(".undo")));
    tell(main.querySelector(".said p")?.textContent ?? "");
  };

  // one thing after the other, so that a key pressed meanwhile means the row that is then the current one
  let work = Promise.resolve();
  const inTurn = (what) => {
    work = work.then(what).catch(() => location.reload());
  };

  const press = (button) => (button ? send(button.form, button) : undefined);
  const help = () => main.querySelector("dialog.keys")?.showModal();
  const ACTS = {
    j: () => step(1),
    k: () => step(-1),
    a: (row) => press(row?.querySelector("[name=add]")),
    i: (row) => press(row?.querySelector("[name=skip]")),
    m: (row) => row?.querySelector("[data-mute]")?.click(),
    u: (row) => press(main.querySelector(".said .undo") ?? row?.querySelector("[data-back]")),
    x: (row) => row?.querySelector("[name=pick]")?.click(),
    n: (row) => {
      const note = row?.querySelector("details");
      if (!note) return;
      note.open = true;
      note.querySelector("textarea").focus();
    },
    "?": help,
  };

  document.addEventListener("keydown", (event) => {
    const field = event.target.closest("textarea, select, input:not([type=checkbox])");
    const row = event.target.closest(".mail");
    if (field && row && event.key === "Escape") stand(row);
    if (field && row && event.key === "Enter" && event.ctrlKey) inTurn(() => ACTS.a(row));
    if (field || event.ctrlKey || event.metaKey || event.altKey || !keysOn() || main.querySelector("dialog[open]")) return;
    const act = Object.hasOwn(ACTS, event.key) ? ACTS[event.key] : null;
    if (!act) return;
    event.preventDefault();
    inTurn(() => act(current() ?? undefined));
  });

  document.addEventListener("submit", (event) => {
    const [form, button] = [event.target, event.submitter];
    const action = new URL(button?.hasAttribute("formaction") ? button.formAction : form.action);
    if (form.method !== "post" || !main.contains(form) || !action.pathname.startsWith(location.pathname)) return;
    event.preventDefault();
    inTurn(() => send(form, button));
  });

  document.addEventListener("change", (event) => {
    if (["all", "every", "pick"].includes(event.target.name)) count(event.target);
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-keys]")) help();
    if (!event.target.closest("[data-switch]")) return;
    if (keysOn()) localStorage.setItem(OFF, "off");
    else localStorage.removeItem(OFF);
    dress();
  });

  document.addEventListener("focusin", (event) => {
    last = event.target.closest(".mail")?.id ?? last;
  });

  dress();
  const asked = document.getElementById(location.hash.slice(1));
  if (asked?.matches(".mail")) stand(asked);
})();
