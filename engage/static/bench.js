// The bench without a new page for each press, and notes that keep themselves: nothing here is needed to edit a list.
(() => {
  "use strict";

  const PAUSE = 1200;
  const TYPING = 150;
  const main = document.getElementById("main");
  const all = (wanted, within = main) => [...within.querySelectorAll(wanted)];
  const bench = () => document.getElementById("bench");
  const notes = () => all("textarea[name^='note.']");
  const itemOf = (note) => note.name.split(".")[1];
  const changed = (note) => note.value !== note.defaultValue;
  const asked = (note) => note.parentElement.querySelector("[data-clash]");

  // outside of what is exchanged, so that it stays the same for those who listen to it
  const told = document.createElement("p");
  told.className = "vh";
  told.setAttribute("role", "status");
  told.dataset.announce = "";
  document.body.append(told);
  const tell = (words) => { told.textContent = words; };

  /** Ask for a page, as a page: the policy lets no script make one out of text. */
  const ask = (address, body) =>
    new Promise((answered, failed) => {
      const asking = new XMLHttpRequest();
      asking.open(body ? "POST" : "GET", address);
      asking.responseType = "document";
      asking.addEventListener("load", () => answered(asking));
      asking.addEventListener("error", failed);
      asking.send(body);
    });

  // one thing after another: what is pressed sees what was kept before it
  let turn = Promise.resolve();
  const inTurn = (act) => { turn = turn.then(act, act); return turn; };

  // -- notes keep themselves --

  const said = (words) => { for (const place of all("p[data-saved]")) place.textContent = words; };

  /** Make the note known as it was kept, with the print that the next change of it is checked against. */
  const keep = (note, print, words) => {
    note.name = `note.${itemOf(note)}.${print}`;
    note.defaultValue = words;
  };

  const noteOf = (item) => notes().find((note) => itemOf(note) === item);

  /** Whose words shall stand is asked below the note; both are there until it is answered. */
  const askWhose = (question) => noteOf(question.dataset.clash)?.after(document.adoptNode(question));

  main.addEventListener("click", ({ target }) => {
    const answer = target.closest("[data-answer]")?.dataset.answer;
    if (!answer) return;
    const question = target.closest("[data-clash]");
    const note = noteOf(question.dataset.clash);
    const theirs = question.querySelector("[data-theirs]")?.textContent ?? "";
    keep(note, question.dataset.seen, theirs);
    if (answer === "theirs") note.value = theirs;
    question.remove();
    note.focus();
    save();
  });

  const saveNow = async () => {
    const sending = notes().filter((note) => changed(note) && !asked(note));
    if (!sending.length) return;
    const sent = new Map(sending.map((note) => [itemOf(note), note.value]));
    said("Saving…");
    let page;
    try {
      page = (await ask(bench().dataset.save, new URLSearchParams(sending.map((note) => [note.name, note.value])))).response;
    } catch {
      page = null;
    }
    const words = page?.querySelector("p[data-saved]")?.textContent;
    said(words ?? "Not saved yet. Your words are still here; copy them if this stays.");
    if (!words) return;
    for (const kept of all("[data-kept]", page)) {
      const note = noteOf(kept.dataset.kept);
      if (note) keep(note, kept.value, sent.get(kept.dataset.kept));
    }
    for (const question of all("[data-clash]", page)) askWhose(question);
  };

  const save = () => inTurn(saveNow);
  let saving;
  main.addEventListener("input", ({ target }) => {
    if (!target.matches("textarea[name^='note.']")) return;
    clearTimeout(saving);
    saving = setTimeout(save, PAUSE);
  });
  main.addEventListener("focusout", ({ target }) => {
    if (target.matches("textarea[name^='note.']") && changed(target)) save();
  });
  addEventListener("pagehide", () => {
    const left = notes().filter((note) => changed(note) && !asked(note));
    if (!left.length || !bench()) return;
    const body = new URLSearchParams(left.map((note) => [note.name, note.value]));
    fetch(bench().dataset.save, { method: "POST", body, keepalive: true, credentials: "same-origin" }).catch(() => {});
  });

  // -- a press is answered in the place of the page --

  /** Put the answer in the place of this page; what was typed meanwhile, open or in focus stays so. */
  const exchange = (page, sent) => {
    const focus = document.activeElement?.id;
    const opened = all("details[open]").map((each) => each.closest(".piece")?.id).filter(Boolean);
    const typed = new Map(notes().map((note) => [itemOf(note), note]));
    const next = page.getElementById("main");
    main.replaceChildren(...(next?.childNodes ?? ["Something went wrong. Load the page again."]));
    for (const note of notes()) {
      const before = typed.get(itemOf(note));
      // what was typed after it was sent is newer than what came back
      if (before && before.value !== (sent.get(before.name) ?? before.defaultValue)) note.value = before.value;
      if (before && asked(before) && changed(before)) {
        [note.name, note.value] = [before.name, before.value];
        note.after(asked(before));
      }
    }
    for (const id of opened) document.getElementById(id)?.querySelector("details")?.setAttribute("open", "");
    return focus;
  };

  /** What is in the way, said on the spot; every word that is typed stays. */
  const complain = (why, at) => {
    main.querySelector("[data-complaint]")?.remove();
    const words = document.createElement("p");
    words.className = "flash flash-warn mt-2";
    words.dataset.complaint = "";
    words.textContent = `${why} Your words are still here.`;
    (at?.closest(".piece")?.querySelector("textarea") ?? at?.closest(".hit, p, .row") ?? main.querySelector("h1")).after(words);
    tell(words.textContent);
  };

  const usable = (id) => {
    const found = document.getElementById(id);
    return found && !found.disabled ? found : null;
  };

  /** Where to stand after something was done: where one stood, else at its fellow, else at what is near. */
  const stand = (focus, nearby) => {
    const [what, ...item] = (focus ?? "").split("-");
    const other = { up: "down", down: "up" }[what];
    const place = usable(focus) ?? usable(`${other}-${item.join("-")}`) ?? nearby.map(usable).find(Boolean);
    (place ?? (focus ? main : null))?.focus({ preventScroll: true });
  };

  const press = (address, name, value, at) => inTurn(async () => {
    const form = bench();
    if (!form) return false;
    clearTimeout(saving);
    const body = new URLSearchParams(new FormData(form));
    // a note that two wrote is sent when its question is answered
    for (const note of notes()) if (asked(note)) body.delete(note.name);
    if (name) body.append(name, value);
    const sent = new Map([...body].filter(([each]) => each.startsWith("note.")));
    const here = document.activeElement?.closest(".piece, .hit");
    const nearby = [here?.nextElementSibling, here?.previousElementSibling].filter(Boolean)
      .flatMap((each) => all("button[id]", each).map((button) => button.id).filter((id) => /^(add|remove)-/.test(id)));
    const focused = document.activeElement?.id ?? "";
    let answer;
    try {
      answer = await ask(address, body);
    } catch {
      complain("That did not reach the library. Try again.", at);
      return false;
    }
    const page = answer.response;
    // a refusal has no room for what is typed; the question of two notes has
    if (!page || (answer.status >= 400 && answer.status !== 409 && !page.getElementById("bench"))) {
      const why = page?.querySelector("h1")?.textContent.trim().replace(/\.$/, "") ?? "Something went wrong";
      complain(`${why}. ${answer.status === 401 ? "Do that in another window, then press again." : "Nothing was done."}`, at);
      return false;
    }
    const bare = exchange(page, sent);
    if (!bench() || answer.status >= 400) {
      (main.querySelector(".errors") ?? main).focus();
      scrollTo(0, 0);
      return false;
    }
    if (answer.responseURL.includes(location.pathname)) history.replaceState(null, "", answer.responseURL);
    stand(bare || focused, [...nearby, "q-find"]);
    count();
    tell(all(".flash p").map((each) => each.textContent).join(" "));
    return true;
  });

  document.addEventListener("submit", (event) => {
    const { submitter, target } = event;
    const undo = target.action.includes("/put-back/");
    if (!bench() || !(target === bench() || undo) || !bench().dataset.save) return;
    event.preventDefault();
    const address = submitter?.hasAttribute("formaction") ? submitter.formAction : target.action;
    press(address, submitter?.name, submitter?.value, submitter);
  });

  // -- what is ticked, said on the bar --

  const count = () => {
    const number = all("[name=pick]").filter((pick) => pick.checked).length;
    for (const place of all("[data-picked]")) place.textContent = number ? `With the ${number} ticked:` : "With what is ticked:";
  };
  main.addEventListener("change", ({ target }) => {
    if (target.name === "pick") count();
    const whom = main.querySelector("[name=visibility][value=classes]");
    if (target.name === "classes" && target.checked && whom && !whom.checked) {
      whom.checked = true;
      tell("The list is for chosen classes.");
    }
    // on the page where many are pasted
    const add = main.querySelector("[data-add]");
    if (target.name !== "take" || !add) return;
    const number = all("[name=take]").filter((each) => (each.type === "checkbox" ? each.checked : each.value)).length;
    add.textContent = number ? `Add ${number}` : "Add what is chosen";
  });

  // -- the search answers while one types --

  let typing;
  let last = "";
  const find = async () => {
    const field = document.getElementById("q-find");
    const words = field?.value.trim().replace(/\s+/g, " ") ?? "";
    last = words;
    const page = await ask(`${bench().dataset.hitsAt}?q=${encodeURIComponent(words)}`).catch(() => null);
    const found = page?.response?.querySelector("[data-hits]");
    // a later word was typed meanwhile, or the page was exchanged
    if (!found || last !== words) return;
    const into = document.getElementById("into")?.value;
    main.querySelector("[data-hits]")?.replaceWith(document.adoptNode(found));
    const choice = document.getElementById("into");
    if (choice && into) choice.value = into;
    const number = all("[data-hits] .hit").length;
    if (words) tell(number === 1 ? "1 thing found." : `${number || "No"} things found.`);
  };
  main.addEventListener("input", ({ target }) => {
    if (target.id !== "q-find") return;
    clearTimeout(typing);
    typing = setTimeout(find, TYPING);
  });
  main.addEventListener("keydown", (event) => {
    if (event.target.id === "q-find" && event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      clearTimeout(typing);
      find();
    }
  });

  // -- the order: by Alt and an arrow, and by dragging; both press what the arrows press --

  const pieces = (list) => all(":scope > .piece", list);
  const move = async (piece, to) => {
    const name = piece.querySelector("h3")?.textContent ?? "";
    const { id } = piece;
    const kept = await press(piece.dataset.move, "to", to, piece.querySelector("textarea"));
    const label = document.getElementById(id)?.querySelector("[data-way]")?.getAttribute("aria-label") ?? "";
    tell(kept ? `${name} moved to ${label.match(/\d+ of \d+$/)?.[0] ?? "its place"}` : `${name} was not moved. Try the arrows.`);
    return kept;
  };

  main.addEventListener("keydown", (event) => {
    const way = { ArrowUp: "up", ArrowDown: "down" }[event.key];
    const piece = event.target.closest?.(".piece[data-move]");
    // in a field these keys are the field's own
    if (!way || !event.altKey || !piece || event.target.matches("textarea, select")) return;
    event.preventDefault();
    if (!piece.querySelector(`[data-way=${way}]`).disabled) move(piece, way);
  });

  main.addEventListener("pointerdown", (event) => {
    const handle = event.target.closest(".drag");
    const piece = handle?.closest(".piece[data-move]");
    if (!piece || event.button) return;
    event.preventDefault();
    const list = piece.parentElement;
    const before = pieces(list).indexOf(piece);
    piece.classList.add("piece-on");
    const drag = ({ clientY }) => {
      const below = pieces(list).find((other) => {
        const { top, height } = other.getBoundingClientRect();
        return other !== piece && clientY < top + height / 2;
      });
      if (piece.nextElementSibling !== (below ?? null)) list.insertBefore(piece, below ?? null);
      if (clientY < 60) scrollBy(0, -12);
      if (clientY > innerHeight - 60) scrollBy(0, 12);
    };
    // on the document: a piece that is moved in the page loses the pointer it had caught
    const listening = new AbortController();
    const back = () => {
      const others = pieces(list).filter((other) => other !== piece);
      list.insertBefore(piece, others[before] ?? null);
    };
    const end = async ({ type }) => {
      listening.abort();
      piece.classList.remove("piece-on");
      const place = pieces(list).indexOf(piece);
      if (type === "pointercancel") back();
      // a long list shows only some of its pieces
      else if (place !== before && !(await move(piece, String(place + Number(list.dataset.first || 1)))) && list.isConnected) back();
    };
    document.addEventListener("pointermove", drag, { signal: listening.signal });
    document.addEventListener("pointerup", end, { signal: listening.signal });
    document.addEventListener("pointercancel", end, { signal: listening.signal });
  });
})();
