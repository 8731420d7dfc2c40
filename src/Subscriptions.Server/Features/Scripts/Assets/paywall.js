// The paywall's notice on pages that a cache keeps for everybody, and the offer to refresh a page whose reader may read more by now.
// No dependency, no markup from texts, no inline style: any content security policy lets it be. Without an answer nothing happens.
(() => {
  "use strict";
  const LONGEST_WAIT = 4_000;
  const BETWEEN_LOOKS = 2_000;
  const FIRST_PAUSE = 30_000;
  const LONGEST_PAUSE = 300_000;

  const noticePlace = document.querySelector("[data-paywall-notice]");
  const refreshPlace = document.querySelector("[data-paywall-refresh]");
  if (!noticePlace && !refreshPlace) return;
  const gate = (noticePlace || refreshPlace).dataset.gate || "/gate";
  const page = location.pathname + location.search;

  function make(name, parent, className, text) {
    const element = document.createElement(name);
    if (className) element.className = className;
    if (text) element.textContent = text;
    parent.append(element);
    return element;
  }

  async function limited(path, options) {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), LONGEST_WAIT);
    try {
      return await fetch(gate + path, { ...options, credentials: "same-origin", cache: "no-store", signal: limit.signal });
    } finally {
      clearTimeout(timer);
    }
  }

  async function ask() {
    try {
      const answer = await limited("/notice?for=" + encodeURIComponent(page), { headers: { Accept: "application/json" } });
      return answer.ok ? await answer.json() : {};
    } catch {
      return {};
    }
  }

  // A screen reader tells what comes into a live region, not the region itself: it stands there, empty, before it is filled.
  function showNotice(notice) {
    const region = make("section", noticePlace);
    region.setAttribute("role", notice.stage === "PaymentFailed" ? "status" : "alert");
    setTimeout(() => fillNotice(region, notice), 100);
  }

  function fillNotice(region, notice) {
    const kind = notice.stage.replace(/\B[A-Z]/g, "-$&").toLowerCase();
    const level = Math.min(6, Math.max(1, Number(noticePlace.dataset.headingLevel) || 2));
    region.className = "paywall-notice paywall-notice--" + kind;
    region.setAttribute("aria-labelledby", "paywall-notice-heading");
    make("h" + level, region, "paywall-notice__heading", notice.heading).id = "paywall-notice-heading";
    for (const text of notice.paragraphs) make("p", region, "paywall-notice__body", text);
    const actions = make("p", region, "paywall-notice__actions");
    for (const link of notice.links) {
      if (!/^https?:\/\//i.test(link.href)) continue;
      make("a", actions, "paywall-notice__action", link.label).href = link.href;
      actions.append(" ");
    }
    if (notice.dismissible) addDismiss(region, notice.key);
  }

  function addDismiss(region, key) {
    const form = make("form", region, "paywall-notice__dismiss");
    make("button", form, "", "Hide this for now");
    form.addEventListener("submit", async event => {
      event.preventDefault();
      try {
        // The answer leads back to the page, which is here already.
        const body = new URLSearchParams({ notice: key, to: page });
        const answer = await limited("/dismiss", { method: "POST", body, redirect: "manual" });
        if (answer.ok || answer.type === "opaqueredirect") remove(region);
      } catch {
        // It stays, and can be tried again.
      }
    });
  }

  // With the button the focus would be lost, and with it the place on the page: it goes to what comes next.
  function remove(region) {
    const hadFocus = region.contains(document.activeElement);
    region.remove();
    const next = document.querySelector("h1") || document.querySelector("main");
    if (!hadFocus || !next) return;
    next.tabIndex = -1;
    next.focus();
  }

  function watch(state) {
    const region = make("div", refreshPlace);
    region.setAttribute("role", "status");
    let pause = FIRST_PAUSE;
    let lookedAt = Date.now();
    let timer = setTimeout(look, pause);

    async function look() {
      if (region.firstChild) return;
      if (!document.hidden) {
        lookedAt = Date.now();
        const now = (await ask()).state;
        // Whoever has signed out can read no more than before.
        state = now === "anonymous" ? now : state ?? now;
        if (now && now !== state) return offer();
      }
      pause = Math.min(pause * 1.5, LONGEST_PAUSE);
      clearTimeout(timer);
      timer = setTimeout(look, pause);
    }

    function cameBack() {
      if (document.hidden || Date.now() - lookedAt < BETWEEN_LOOKS) return;
      pause = FIRST_PAUSE;
      look();
    }

    function offer() {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", cameBack);
      removeEventListener("focus", cameBack);
      if (region.firstChild) return;
      region.className = "paywall-refresh";
      make("p", region, "paywall-refresh__text", "Your access has changed, and you may be able to read all of this now.");
      make("a", region, "paywall-refresh__action", "Refresh this page").href = page;
    }

    document.addEventListener("visibilitychange", cameBack);
    addEventListener("focus", cameBack);
  }

  ask().then(answer => {
    if (noticePlace && answer.notice) showNotice(answer.notice);
    if (refreshPlace) watch(answer.state);
  });
})();
