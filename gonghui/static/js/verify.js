// Verifies a member's card by the public key in the page: signature and time here, without a network; then the register,
// where there is one. Without this script the form asks the register. The code is never kept.
(() => {
  "use strict";
  const data = JSON.parse(document.getElementById("verify-data").textContent);
  const words = data.words;
  const form = document.querySelector("[data-verify]");
  const field = form.elements.token;
  const place = document.querySelector("[data-verified]");
  const blank = document.querySelector("[data-result]");
  const kept = document.body.dataset.kept;
  const locale = document.documentElement.lang === "en" ? "en" : "zh-CN";
  const NETWORK = 8000;
  let round = 0;

  const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));

  const canRead = (text) => {
    try {
      return new URL(text);
    } catch {
      return undefined;
    }
  };

  // The token in what was scanned: behind our own address, or alone.
  const bare = (text) => {
    const tight = text.replace(/\s/g, "");
    if (!/^https?:/.test(tight)) return { token: tight };
    const url = canRead(tight);
    if (!url) return {};
    return url.origin === location.origin ? { token: url.hash.slice(1) } : { host: url.host };
  };

  // true, false, or undefined where this browser cannot tell.
  async function signed(text, signature) {
    for (const key of data.keys) {
      let known;
      try {
        known = await crypto.subtle.importKey("raw", bytes(key), { name: "Ed25519" }, false, ["verify"]);
      } catch {
        return undefined;
      }
      if (await crypto.subtle.verify({ name: "Ed25519" }, known, signature, new TextEncoder().encode(text))) return true;
    }
    return false;
  }

  async function judge(token) {
    const parts = (token || "").split(".");
    if (parts.length !== 3 || parts[0] !== "GH1") return { result: "unreadable" };
    let signature;
    let content;
    try {
      signature = bytes(parts[2]);
      content = JSON.parse(new TextDecoder().decode(bytes(parts[1])));
    } catch {
      return { result: "forged" };
    }
    const right = await signed(`${parts[0]}.${parts[1]}`, signature);
    if (right === undefined) return { result: "unable" };
    if (!right) return { result: kept ? "forged_kept" : "forged" };
    const [initial, union, state, ends] = content;
    const left = ends - Date.now() / 1000;
    if (left < 0) return { result: "expired" };
    if (left > data.seconds + data.ahead) return { result: "early" };
    const age = Math.max(0, Math.round(data.seconds - left));
    return { result: "valid", age, initial, union, status: data.states[state] || state };
  }

  async function register(token) {
    const gone = new AbortController();
    const wait = setTimeout(() => gone.abort(), NETWORK);
    try {
      const answer = await fetch(form.action, {
        method: "POST", body: new URLSearchParams({ token }), headers: { Accept: "application/json" }, credentials: "omit", signal: gone.signal,
      });
      return await answer.json();
    } catch {
      return undefined;
    } finally {
      clearTimeout(wait);
    }
  }

  const time = (moment) => moment.toLocaleString(locale, { dateStyle: "short", timeStyle: "medium" });

  // One result: what it is, what was shown, and what was checked how.
  function show(found, checks, again) {
    const card = blank.content.cloneNode(true);
    const one = (name) => card.querySelector(`[data-${name}]`);
    const good = found.result === "valid";
    const open = ["unable", "busy", "elsewhere"].includes(found.result);
    one("tag").textContent = good ? words.valid : open ? words.unsure : words.stops;
    one("tag").classList.add(good ? "tag-good" : "tag-bad");
    one("why").textContent = good ? "" : `${words[found.result] || words.unreadable}${found.host || ""}`;
    if (found.union) {
      one("initial").textContent = `${found.initial}**`;
      one("union").textContent = found.union;
      one("status").textContent = found.status;
    } else one("facts").remove();
    for (const check of [...checks, words.at.replace("%s", time(new Date()))]) {
      one("checks").append(Object.assign(document.createElement("li"), { textContent: check }));
    }
    if (again) {
      one("online").hidden = false;
      one("online").addEventListener("click", again);
    }
    place.replaceChildren(card);
  }

  async function check(text) {
    const mine = ++round;
    const { token, host } = bare(text);
    if (host) {
      show({ result: "elsewhere", host }, []);
      return;
    }
    const here = await judge(token);
    if (mine !== round) return;
    const good = here.result === "valid";
    const own = good ? [words.signed, words.made.replace("%s", here.age)] : [];
    const alone = good ? words.alone : words.offline;
    if (kept) {
      own.push(words.kept.replace("%s", time(new Date(kept))));
      if (Date.now() - Date.parse(kept) > data.key_days * 86400000) own.push(words.old);
    }
    const ask = async () => {
      show(here, [...own, words.asking]);
      const there = await register(token);
      if (mine !== round) return;
      // The register's word goes before ours: it knows the right time, and what was stopped a moment ago.
      if (!there || there.result === "busy") show(here, [...own, there ? words.busy : alone], ask);
      else {
        if (here.result === "unable") own.push(words.unable_here);
        show(there, there.result === "valid" ? [...own, words.standing] : own);
      }
    };
    if (here.result === "unreadable") show(here, []);
    else if (navigator.onLine) await ask();
    else show(here, [...own, alone], ask);
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!field.value.trim()) return;
    const text = field.value;
    // A code is used once: the next one is scanned into an empty field.
    field.value = "";
    check(text);
  });
  const scanned = () => {
    const token = location.hash.slice(1);
    if (!token.startsWith("GH1.")) return;
    history.replaceState(null, "", location.pathname);
    check(token);
  };
  addEventListener("hashchange", scanned);
  scanned();
})();
