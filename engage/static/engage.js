// Additions for those who have a script: nothing here is needed to use any page.
(() => {
  "use strict";

  // a form came back with problems: read out the summary
  document.querySelector(".errors")?.focus();

  /** An element with a class and words. */
  const make = (name, kind, words) => {
    const element = document.createElement(name);
    element.className = kind;
    element.textContent = words;
    return element;
  };

  /** Say something to those who do not see the page change. */
  const announce = (words) => {
    let region = document.querySelector("[data-announce]");
    if (!region) {
      region = make("p", "vh", "");
      region.setAttribute("role", "status");
      region.dataset.announce = "";
      document.getElementById("main").append(region);
    }
    region.textContent = words;
  };

  // -- the order of a list: a dropped piece is sent to the address that its arrows are sent to, with its new place --

  const pieces = (bench) => [...bench.querySelectorAll(":scope > .piece")];

  const settle = async (bench, piece, before) => {
    const place = pieces(bench).indexOf(piece) + 1;
    if (place === before) return;
    // a long list shows only some of its pieces
    const to = place + Number(bench.dataset.first || 1) - 1;
    let kept = false;
    try {
      const sent = new URLSearchParams({ to: String(to) });
      kept = (await fetch(piece.dataset.move, { method: "POST", body: sent, credentials: "same-origin" })).ok;
    } catch {
      kept = false;
    }
    if (!kept) {
      const others = pieces(bench).filter((other) => other !== piece);
      bench.insertBefore(piece, others[before - 1] ?? null);
    }
    const name = piece.querySelector("h3")?.textContent ?? "";
    const among = bench.dataset.among || pieces(bench).length;
    announce(kept ? `${name} moved to ${to} of ${among}` : `${name} was not moved. Try the arrows.`);
    number(bench);
  };

  /** Say on each arrow where its piece now stands, and switch off those at the ends. */
  const number = (bench) => {
    const among = Number(bench.dataset.among || pieces(bench).length);
    pieces(bench).forEach((piece, at) => {
      const place = at + Number(bench.dataset.first || 1);
      for (const arrow of piece.querySelectorAll("[data-way]")) {
        arrow.disabled = place === (arrow.dataset.way === "up" ? 1 : among);
        const label = arrow.getAttribute("aria-label").replace(/\d+ of \d+$/, `${place} of ${among}`);
        arrow.setAttribute("aria-label", label);
      }
    });
  };

  for (const bench of document.querySelectorAll(".bench")) {
    for (const handle of bench.querySelectorAll(".drag")) {
      handle.addEventListener("pointerdown", (event) => {
        const piece = handle.closest(".piece");
        if (event.button || !piece.dataset.move) return;
        event.preventDefault();
        const before = pieces(bench).indexOf(piece) + 1;
        piece.classList.add("piece-on");

        const move = ({ clientY }) => {
          const below = pieces(bench).find((other) => {
            const { top, height } = other.getBoundingClientRect();
            return other !== piece && clientY < top + height / 2;
          });
          if (piece.nextElementSibling !== (below ?? null)) bench.insertBefore(piece, below ?? null);
          if (clientY < 60) scrollBy(0, -12);
          if (clientY > innerHeight - 60) scrollBy(0, 12);
        };
        // on the document: a piece that is moved in the page loses the pointer it had caught
        const listening = new AbortController();
        const end = () => {
          listening.abort();
          piece.classList.remove("piece-on");
          settle(bench, piece, before);
        };
        document.addEventListener("pointermove", move, { signal: listening.signal });
        document.addEventListener("pointerup", end, { signal: listening.signal });
        document.addEventListener("pointercancel", end, { signal: listening.signal });
      });
    }
  }

  // -- search: the script that offers what may be meant comes after everything else --

  const searching = document.querySelector("input[data-offers]");
  if (searching) (window.requestIdleCallback ?? setTimeout)(() => import(searching.dataset.script));

  // -- two minutes before a session ends from rest, offer to stay; whatever was typed stays on the page --

  const minutes = Number(document.body.dataset.idle);
  let timer;

  const warn = () => {
    const notice = make("div", "flash flash-warn stay", "");
    const stay = make("button", "btn", "Stay signed in");
    notice.setAttribute("role", "alert");
    notice.append(make("p", "", "You will be signed out in 2 minutes. What you typed is still here."), stay);
    stay.type = "button";
    stay.addEventListener("click", async () => {
      const answer = await fetch(location.href, { credentials: "same-origin" }).catch(() => null);
      if (answer?.ok && !answer.redirected) {
        notice.remove();
        wait();
      } else {
        notice.firstChild.textContent = "You are signed out. Copy what you typed, then sign in again.";
        stay.remove();
      }
    });
    document.body.append(notice);
  };

  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(warn, (minutes - 2) * 60_000);
  };

  if (minutes > 2) wait();
})();
