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

  // -- who signs out leaves what others wrote on this device, sealed, until it is sent: their own pages ask about it --

  if (!document.body.dataset.who && globalThis.indexedDB?.databases)
    indexedDB.databases().then((known) => {
      if (!known.some((one) => one.name === "engage")) return;
      for (const form of document.querySelectorAll('form[action="/sign-out"]')) {
        const keep = make("input", "", "");
        [keep.type, keep.name, keep.value] = ["hidden", "keep", "1"];
        form.append(keep);
      }
    });

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
