// Slides that turn by themselves. Without this the page is a long one, and everything on it can be read.
(() => {
  "use strict";

  const box = document.querySelector("[data-slides]");
  let slides = [...box.querySelectorAll(".slide")];
  const STAYS = Number(box.dataset.seconds) * 1000;
  const QUIET = 4000;
  const PATIENCE = 30000;
  const KEPT = `slides ${location.pathname}`;
  const calm = matchMedia("(prefers-reduced-motion: reduce)");

  let here = 0;
  let running = !calm.matches;
  let timer = 0;
  let quiet = 0;
  let tag = "";

  const bar = document.createElement("div");
  bar.className = "slides-bar";
  bar.setAttribute("role", "group");
  bar.setAttribute("aria-label", "Slides");
  const button = (words, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = words;
    made.addEventListener("click", act);
    bar.append(made);
    return made;
  };

  /** Show one slide, and hide the others from everybody. */
  const show = (place) => {
    const next = (place + slides.length) % slides.length;
    if (next !== here) box.classList.add("slides-moving");
    here = next;
    slides.forEach((slide, at) => {
      slide.classList.toggle("slide-here", at === here);
      slide.inert = at !== here;
    });
    count.textContent = `${here + 1} of ${slides.length}`;
    wait();
  };

  const wait = () => {
    clearTimeout(timer);
    if (running) timer = setTimeout(on, STAYS);
  };

  /** The next one. Where a round ends, what has changed is read again and put in place, so that nothing flickers. */
  const on = async () => {
    if (here === slides.length - 1 && await changed()) {
      if (await renew()) return;
      tag = "to be read again";
    }
    show(here + 1);
  };

  /** The page as it is now, or nothing. Asked for so, nothing in it runs or loads before it is put in place. */
  const fetched = () => new Promise((done) => {
    const asked = new XMLHttpRequest();
    asked.responseType = "document";
    asked.timeout = PATIENCE;
    asked.addEventListener("loadend", () => done(asked.status === 200 ? asked.response : null));
    asked.open("GET", location.href);
    asked.send();
  });

  /** Whether the new slides are in place. With another version of this script the page begins anew. */
  const renew = async () => {
    const page = await fetched();
    const made = page && page.querySelector("[data-slides]");
    if (!made || !made.querySelector(".slide")) return false;
    if (programs(page) !== programs(document)) {
      remember();
      location.reload();
      return true;
    }
    box.replaceChildren(...[...made.children].map((slide) => document.adoptNode(slide)));
    slides = [...box.querySelectorAll(".slide")];
    here = slides.length - 1;
    show(0);
    return true;
  };
  const programs = (page) => [...page.querySelectorAll("script[src], link[rel=stylesheet]")]
    .map((one) => one.getAttribute("src") || one.getAttribute("href")).join();

  /** Whether the page is another by now. A network that is away changes nothing: the old slides go on. */
  const changed = async () => {
    try {
      const answer = await fetch(location.href, { method: "HEAD", credentials: "same-origin", cache: "no-store" });
      const now = answer.headers.get("etag") || "";
      if (!answer.ok || answer.redirected || !now) return false;
      const other = tag !== "" && plain(now) !== tag;
      tag = plain(now);
      return other;
    } catch {
      return false;
    }
  };
  const plain = (name) => name.replace(/^W\//, "");

  const run = (whether) => {
    running = whether;
    stop.textContent = running ? "Pause" : "Go on";
    // a reader of the screen is told of a slide only where it does not turn by itself
    box.setAttribute("aria-live", running ? "off" : "polite");
    remember();
    wait();
  };

  const remember = () => {
    try {
      sessionStorage.setItem(KEPT, running ? "runs" : "stands");
    } catch {
      // a browser that keeps nothing begins anew
    }
  };

  /** The bar goes away where nobody moves, and comes back with the first movement. */
  const wake = () => {
    document.body.classList.remove("slides-quiet");
    clearTimeout(quiet);
    quiet = setTimeout(() => document.body.classList.toggle("slides-quiet", running), QUIET);
  };

  button("Back", () => show(here - 1));
  const stop = button("Pause", () => run(!running));
  button("Next", () => show(here + 1));
  const count = document.createElement("span");
  bar.append(count);

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    wake();
    const pressed = event.target instanceof HTMLButtonElement || event.target instanceof HTMLAnchorElement;
    if (event.key === "ArrowRight" || event.key === "PageDown") show(here + 1);
    else if (event.key === "ArrowLeft" || event.key === "PageUp") show(here - 1);
    else if (event.key === "Home") show(0);
    else if (event.key === "End") show(slides.length - 1);
    else if (event.key === " " && !pressed) run(!running);
    else return;
    event.preventDefault();
  });
  for (const name of ["pointermove", "pointerdown", "focusin"]) document.addEventListener(name, wake);
  calm.addEventListener("change", () => run(!calm.matches));

  let kept = null;
  try {
    kept = sessionStorage.getItem(KEPT);
  } catch {
    // as above
  }
  box.classList.add("slides-on");
  document.getElementById("main").append(bar);
  show(0);
  run(kept === null ? running : kept === "runs" && !calm.matches);
  changed();
  wake();
})();
