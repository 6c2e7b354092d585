// The page without a connection: says what became of an entry, and takes one for whoever is signed in on this device.
(async () => {
  "use strict";
  const show = (name) => document.querySelectorAll(`[data-when="${name}"]`).forEach((one) => (one.hidden = false));
  if (location.hash === "#kept") show("kept");
  if (location.hash === "#lost") show("lost");
  const owner = await outbox.owner();
  if (!owner || owner.until < Date.now()) return;
  const form = document.querySelector("form[data-entry]");
  const today = new Date();
  const two = (number) => String(number).padStart(2, "0");
  form.action = owner.action;
  form.elements.form_key.value = crypto.randomUUID();
  form.elements.who.value = owner.who;
  form.elements.shown_on.value = `${today.getFullYear()}-${two(today.getMonth() + 1)}-${two(today.getDate())}`;
  show("owner");
})();
