// Scans a code with the camera where the browser can (BarcodeDetector); elsewhere the field is typed or filled by a
// hand scanner, and the button does not show.
(() => {
  "use strict";
  const field = document.querySelector("[data-scan]");
  const box = document.querySelector("[data-scan-box]");
  if (!field || !box || !("BarcodeDetector" in window) || !navigator.mediaDevices?.getUserMedia) return;
  const start = box.querySelector("[data-scan-start]");
  const said = box.querySelector("[data-scan-said]");
  const video = box.querySelector("video");
  box.hidden = false;

  const stop = () => {
    for (const track of video.srcObject?.getTracks() ?? []) track.stop();
    video.srcObject = null;
    video.hidden = true;
    start.hidden = false;
  };

  start.addEventListener("click", async () => {
    let detector;
    try {
      detector = new window.BarcodeDetector({ formats: ["qr_code"] });
      video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      await video.play();
    } catch {
      stop();
      said.textContent = said.dataset.denied;
      return;
    }
    start.hidden = true;
    video.hidden = false;
    said.textContent = said.dataset.looking;
    const look = async () => {
      if (!video.srcObject) return;
      const found = await detector.detect(video).catch(() => []);
      if (found.length) {
        field.value = found[0].rawValue;
        stop();
        field.form.requestSubmit();
      } else setTimeout(look, 200);
    };
    look();
  });
  addEventListener("pagehide", stop);
})();
