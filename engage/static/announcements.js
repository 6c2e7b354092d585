// Announcements can be put away in this browser. Nothing is sent, and without script they end by themselves.
(() => {
  "use strict";

  const KEPT = "announcements put away";
  const MOST = 40;

  /** The keys of what was put away here; none where the browser keeps nothing. */
  const away = () => {
    try {
      return JSON.parse(localStorage.getItem(KEPT) || "[]");
    } catch {
      return [];
    }
  };

  for (const box of document.querySelectorAll("[data-announcement]")) {
    const key = box.dataset.announcement;
    if (away().includes(key)) {
      box.remove();
      continue;
    }
    const button = document.createElement("button");
    button.type = "button";
    button.className = "undo";
    button.textContent = "Put away";
    button.setAttribute("aria-label", `Put away: ${box.querySelector("p").textContent}`);
    button.addEventListener("click", () => {
      try {
        localStorage.setItem(KEPT, JSON.stringify([...away(), key].slice(-MOST)));
      } catch {
        // it is back with the next page
      }
      box.remove();
      document.getElementById("main").focus();
    });
    box.append(button);
  }
})();
