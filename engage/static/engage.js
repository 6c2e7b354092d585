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

  // -- the order of a list: dragging sends the form whose buttons move the piece, with its new place --

  const pieces = (bench) => [...bench.querySelectorAll(":scope > .piece")];

  const settle = async (bench, piece, before) => {
    const place = pieces(bench).indexOf(piece) + 1;
    if (place === before) return;
    const form = piece.querySelector("form[data-move]");
    const sent = new URLSearchParams(new FormData(form));
    sent.set("place", String(place));
    let kept = false;
    try {
      kept = (await fetch(form.action, { method: "POST", body: sent, credentials: "same-origin" })).ok;
    } catch {
      kept = false;
    }
    if (!kept) {
      const others = pieces(bench).filter((other) => other !== piece);
      bench.insertBefore(piece, others[before - 1] ?? null);
    }
    const name = piece.querySelector("h3")?.textContent ?? "";
    announce(kept ? `${name} moved to ${place} of ${pieces(bench).length}` : `${name} was not moved. Try the arrows.`);
    markEnds(bench);
  };

  const markEnds = (bench) => {
    const all = pieces(bench);
    all.forEach((piece, at) => {
      const [up, down] = piece.querySelectorAll("form[data-move] button");
      if (up) up.disabled = at === 0;
      if (down) down.disabled = at === all.length - 1;
    });
  };

  for (const bench of document.querySelectorAll(".bench")) {
    for (const handle of bench.querySelectorAll(".drag")) {
      handle.addEventListener("pointerdown", (event) => {
        const piece = handle.closest(".piece");
        if (event.button || !piece.querySelector("form[data-move]")) return;
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
