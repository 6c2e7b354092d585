// What may be meant is offered while one types in a search; Enter alone sends the form, as without a script.
(() => {
  "use strict";

  /** An element with a class and words. */
  const make = (name, kind, words) => {
    const element = document.createElement(name);
    element.className = kind;
    element.textContent = words;
    return element;
  };

  const PAUSE = 120;
  const VERBS = { reading: ["read", "Read"], viewing: ["view", "Watch"], listening: ["listen", "Listen"] };
  const drawings = document.querySelector("svg.icon use")?.getAttribute("href").split("#")[0];

  const drawing = (name) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    svg.append(document.createElementNS("http://www.w3.org/2000/svg", "use"));
    svg.firstChild.setAttribute("href", `${drawings}#i-${name}`);
    return svg;
  };

  /** One thing that may be meant; it is a link, and read out in one piece. */
  const offer = (kind, href, ...parts) => {
    const link = make("a", `offer ${kind}`, "");
    link.href = href;
    link.tabIndex = -1;
    link.setAttribute("role", "option");
    link.setAttribute("aria-selected", "false");
    link.append(...parts);
    return link;
  };

  const offersOf = ({ found, near, all }, typed) => {
    const offers = found.map(({ title, by, mode, kind, href }) => {
      const [name, verb] = VERBS[mode];
      const mark = make("span", `mode mode-${name}`, "");
      mark.append(drawing(`mode-${name}`), ` ${verb} `, make("i", "", kind));
      return offer("", href, make("bdi", "offer-title", title), " ", make("bdi", "offer-by", by), " ", mark);
    });
    for (const { text, href } of near) {
      const words = make("span", "", "Did you mean ");
      words.append(make("bdi", "offer-title", text), "?");
      offers.push(offer("", href, words));
    }
    const words = ` All that is found for “${typed}”`;
    if (offers.length) offers.push(offer("offer-all", all, drawing("magnifying-glass"), words));
    return offers;
  };

  for (const field of document.querySelectorAll("input[data-offers]")) {
    const form = field.closest("form");
    const list = make("div", "offers", "");
    const spoken = make("p", "vh", "");
    const answers = new Map();
    let at = -1;
    let timer;
    let asking;

    list.id = `${field.id}-offers`;
    list.hidden = true;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "What you may mean");
    spoken.setAttribute("role", "status");
    // under the field itself, also where the button stands below it
    field.parentElement.append(list, spoken);
    for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"],
      ["aria-controls", list.id]]) field.setAttribute(name, value);

    const choose = (place) => {
      list.children[at]?.setAttribute("aria-selected", "false");
      at = place;
      const chosen = list.children[at];
      chosen?.setAttribute("aria-selected", "true");
      chosen?.scrollIntoView({ block: "nearest" });
      if (chosen) field.setAttribute("aria-activedescendant", chosen.id);
      else field.removeAttribute("aria-activedescendant");
    };

    const close = () => {
      clearTimeout(timer);
      asking?.abort();
      choose(-1);
      list.hidden = true;
      field.setAttribute("aria-expanded", "false");
    };

    const show = (answer, typed) => {
      const offers = offersOf(answer, typed);
      offers.forEach((each, place) => { each.id = `${list.id}-${place}`; });
      choose(-1);
      list.replaceChildren(...offers);
      list.hidden = !offers.length;
      list.scrollTop = 0;
      field.setAttribute("aria-expanded", String(offers.length > 0));
      const { length } = answer.found;
      const things = length === 1 ? "1 thing" : `${length} things`;
      if (length) spoken.textContent = `${things} below. Arrow down to go there.`;
      else spoken.textContent = offers.length ? "Nothing so far. Other spellings are below." : "Nothing so far.";
    };

    const ask = async () => {
      const typed = field.value.trim().replace(/\s+/g, " ").slice(0, 200);
      asking?.abort();
      if (!typed) {
        close();
        spoken.textContent = "";
        return;
      }
      const { signal } = (asking = new AbortController());
      try {
        if (!answers.has(typed)) {
          const address = `${field.dataset.offers}?q=${encodeURIComponent(typed)}`;
          const answer = await fetch(address, { signal, credentials: "same-origin" });
          if (!answer.ok || answer.redirected) return;
          answers.set(typed, await answer.json());
        }
        if (!signal.aborted) show(answers.get(typed), typed);
      } catch {
        // the form is still there
      }
    };

    field.addEventListener("input", (event) => {
      clearTimeout(timer);
      if (!event.isComposing) timer = setTimeout(ask, PAUSE);
    });
    field.addEventListener("compositionend", () => { timer = setTimeout(ask, PAUSE); });
    field.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      const { length } = list.children;
      const open = !list.hidden;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (!open) ask();
        // one place more than there are offers: the field itself
        else choose(((at + (event.key === "ArrowDown" ? 2 : 0) + length + 1) % (length + 1)) - 1);
      } else if (event.key === "Enter" && open && at >= 0) {
        event.preventDefault();
        list.children[at].click();
      } else if (event.key === "Escape" && open) {
        event.preventDefault();
        close();
      }
    });
    form.addEventListener("focusout", ({ relatedTarget }) => {
      if (!form.contains(relatedTarget)) close();
    });
    form.addEventListener("submit", close);
  }
})();
