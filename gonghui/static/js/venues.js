// How far each place is: reckoned here, on the phone, which tells nobody where it is. Without a script or a position
// the list stays as it is, by region.
(() => {
  "use strict";
  const list = document.getElementById("venues");
  const button = document.querySelector("[data-near]");
  if (!list || !button || !navigator.geolocation) return;
  const says = document.querySelector("[data-near-says]");
  const rad = (degrees) => (degrees * Math.PI) / 180;
  const metres = (a, b, c, d) => {
    const h = Math.sin(rad(c - a) / 2) ** 2 + Math.cos(rad(a)) * Math.cos(rad(c)) * Math.sin(rad(d - b) / 2) ** 2;
    return 2 * 6371008.8 * Math.asin(Math.sqrt(h));
  };
  const far = (item, here) =>
    item.dataset.latitude === undefined
      ? Infinity
      : metres(here.latitude, here.longitude, Number(item.dataset.latitude), Number(item.dataset.longitude));
  button.closest("p").hidden = false;
  button.addEventListener("click", () => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        const rows = [...list.children].map((item) => [far(item, coords), item]);
        rows.sort((one, other) => (one[0] === other[0] ? 0 : one[0] - other[0]));
        for (const [distance, item] of rows) {
          if (Number.isFinite(distance)) {
            const said = distance < 1000 ? `${Math.round(distance / 10) * 10} m` : `${(distance / 1000).toFixed(1)} km`;
            item.querySelector(".far").textContent = `${says.dataset.far} ${said}`;
          }
          list.append(item);
        }
        says.textContent = says.dataset.done;
      },
      () => {
        says.textContent = says.dataset.failed;
      },
      { maximumAge: 60000, timeout: 15000 },
    );
  });
})();
