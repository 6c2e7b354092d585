// On the pages of a class: what students did meanwhile is put into its cells every so often, as long as somebody is there.
(() => {
  "use strict";

  const place = document.querySelector("[data-now]");
  const table = document.querySelector("table[data-live]");
  if (!place || !table) return;

  const EVERY = 20_000;
  // a page that nobody touches asks no more, so that it keeps no session alive
  const RESTS_AFTER = 10 * 60_000;

  const status = place.querySelector("[role=status]");
  let tag = "";
  let touched = Date.now();
  let timer;

  /** A cell as the key of the page draws it. */
  const drawn = (state, words) => {
    const cell = document.querySelector(`[data-cell="${state}"] .cell`).cloneNode(true);
    const icon = cell.querySelector("svg");
    cell.replaceChildren(...(icon ? [icon, ` ${words}`] : [words]));
    return cell;
  };

  /** Put what was told into the table; how many cells changed, or -1 where the table has other rows or columns now. */
  const fill = ({ columns, rows, totals }) => {
    const here = [...table.tBodies[0].rows];
    const first = here[0] ? [...here[0].querySelectorAll("[data-column]")].map((cell) => cell.dataset.column) : columns;
    const same = here.length === Object.keys(rows).length && here.every((row) => rows[row.dataset.student]);
    if (!same || first.join() !== columns.join()) return -1;
    let changed = 0;
    for (const row of here) {
      const cells = row.querySelectorAll("[data-column]");
      rows[row.dataset.student].forEach(([state, words], place) => {
        const cell = cells[place];
        if (!state || cell.textContent.trim() === words) return;
        cell.dataset.state = state;
        cell.replaceChildren(drawn(state, words));
        changed += 1;
      });
    }
    const feet = table.tFoot.rows[0].cells;
    totals.forEach((words, place) => (feet[place + 1].textContent = words));
    return changed;
  };

  const say = (words) => {
    if (status.textContent !== words) status.textContent = words;
  };

  const ask = async () => {
    const headers = tag ? { "If-None-Match": tag } : {};
    const answer = await fetch(place.dataset.now, { credentials: "same-origin", headers }).catch(() => null);
    if (answer?.status === 304) return true;
    if (!answer?.ok || answer.redirected) {
      say("This page does not follow any more. Look again.");
      return false;
    }
    tag = answer.headers.get("ETag") ?? "";
    const changed = fill(await answer.json());
    if (changed < 0) {
      say("Students or assignments have come or gone. Look again.");
      return false;
    }
    const clock = new Date().toLocaleTimeString([], { hour: "numeric", minute: "2-digit" });
    if (changed) say(`${changed} ${changed === 1 ? "change" : "changes"} at ${clock}.`);
    return true;
  };

  const round = async () => {
    timer = undefined;
    if (document.hidden || Date.now() - touched > RESTS_AFTER) return;
    if (await ask()) timer = setTimeout(round, EVERY);
  };

  const wake = () => {
    touched = Date.now();
    timer ??= setTimeout(round, EVERY);
  };

  for (const sign of ["pointerdown", "keydown", "scroll"]) addEventListener(sign, wake, { passive: true });
  document.addEventListener("visibilitychange", () => document.hidden || wake());
  wake();
})();
