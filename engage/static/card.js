// The pages of a card and of a link: what stands after the # is taken out of the address, so that no history keeps it,
// and sent. Where the browser can read codes, the camera can show it too. Nothing here is needed: one can type.
(() => {
  "use strict";

  const form = document.querySelector("form[data-card]");
  const field = form.querySelector("[name=card]");

  /** Send a token that came some other way than by typing. */
  const send = (token) => {
    field.value = token;
    form.requestSubmit();
  };

  const take = () => {
    const token = location.hash.slice(1);
    if (!token) return;
    history.replaceState(null, "", location.pathname);
    send(token);
  };
  addEventListener("hashchange", take);
  take();

  if (!globalThis.BarcodeDetector || !navigator.mediaDevices) return;

  const start = document.createElement("button");
  start.type = "button";
  start.className = "btn btn-big";
  start.textContent = "Use the camera";
  form.before(start);

  start.addEventListener("click", async () => {
    const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } }).catch(() => null);
    if (!stream) {
      start.textContent = "The camera is not to be had. Type what is on your card.";
      start.disabled = true;
      return;
    }
    const video = document.createElement("video");
    video.className = "frame";
    video.muted = true;
    video.playsInline = true;
    video.setAttribute("aria-label", "What the camera sees");
    video.srcObject = stream;
    start.replaceWith(video);
    await video.play();
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    const look = async () => {
      const [code] = await detector.detect(video).catch(() => []);
      if (!code) return void setTimeout(look, 200);
      for (const track of stream.getTracks()) track.stop();
      send(code.rawValue);
    };
    look();
  });
})();
