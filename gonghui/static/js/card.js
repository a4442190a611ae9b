// The card's code lasts a minute: fetch the page anew before it ends. Without a script, the link beside it does that.
(() => {
  "use strict";
  const refresh = async () => {
    const old = document.getElementById("card-code");
    if (!old || document.hidden) return;
    try {
      const answer = await fetch(location.href, { headers: { "X-Requested-With": "card" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("card-code");
      // Signed out, lost or frozen meanwhile: show the page as it is now.
      if (!answer.ok || !fresh) location.reload();
      else {
        const open = old.querySelector("details")?.open;
        old.replaceWith(fresh);
        if (open) fresh.querySelector("details").open = true;
      }
    } catch {
      // No network: what stands there still tells how long it is valid, and the next round tries again.
    }
  };
  const seconds = Number(document.getElementById("card-code").dataset.seconds);
  setInterval(refresh, (seconds - 15) * 1000);
  document.addEventListener("visibilitychange", refresh);
})();
