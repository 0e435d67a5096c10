// Keeps the open page as the clusters are: hears which parts changed, asks for this page again, and takes those parts over.
"use strict";
(() => {
  const status = document.getElementById("liveness");
  const waiting = new Set();
  let busy = false;

  // Times that pass are not read out; that it is not live any more is.
  function notLive() {
    status.setAttribute("role", "status");
    status.textContent = "Not live: the console does not answer.";
  }
  function isLive(time) {
    status.removeAttribute("role");
    status.replaceChildren("Live, as of ", time);
  }

  const parts = () => [...document.querySelectorAll("[data-part]")];
  const concerns = (element, names) => element.dataset.part.split(" ").some((name) => names.has(name));

  // What a reader has opened, and where they are, stays.
  function take(old, fresh) {
    if (old.innerHTML === fresh.innerHTML) return;
    const open = [...old.querySelectorAll("details[open][id]")].map((one) => one.id);
    const at = document.activeElement;
    const focus = old.contains(at) ? { id: at.id, href: at.getAttribute("href") } : null;
    old.replaceChildren(...fresh.childNodes);
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    if (focus) {
      const again = (focus.id && document.getElementById(focus.id)) ||
        (focus.href && [...old.querySelectorAll("a")].find((one) => one.getAttribute("href") === focus.href));
      (again || document.getElementById("main")).focus({ preventScroll: true });
    }
  }

  async function refresh() {
    if (busy || waiting.size === 0) return;
    busy = true;
    const names = new Set(waiting);
    waiting.clear();
    try {
      const concerned = parts().filter((element) => concerns(element, names));
      if (concerned.length) {
        const answer = await fetch(location.href, { cache: "no-store" });
        if (!answer.ok) throw new Error(answer.status);
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        for (const element of concerned) {
          const fresh = page.getElementById(element.id);
          if (fresh) take(element, fresh);
        }
        const time = page.querySelector("#liveness time");
        if (time) isLive(time);
      }
    } catch {
      notLive();
    }
    busy = false;
    if (waiting.size) setTimeout(refresh, 1000);
  }

  function listen() {
    const events = new EventSource("/events");
    let was = false;
    events.addEventListener("open", () => {
      const time = status.querySelector("time");
      if (time) isLive(time);
      // What changed while nobody listened is asked for.
      if (!was) parts().forEach((element) => element.dataset.part.split(" ").forEach((name) => waiting.add(name)));
      was = true;
      refresh();
    });
    events.addEventListener("part", (event) => {
      waiting.add(event.data);
      refresh();
    });
    events.addEventListener("error", () => {
      was = false;
      notLive();
      if (events.readyState === EventSource.CLOSED) setTimeout(listen, 5000);
    });
  }

  listen();
})();
