// The code at the door changes every minute: the page follows while it is shown. Without this its link fetches the new one.
(() => {
  "use strict";
  setInterval(() => {
    if (document.visibilityState === "visible") location.reload();
  }, 40000);
})();
