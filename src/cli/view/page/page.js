"use strict";
(() => {
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));

  // Colours in YAML are put on when somebody looks.
  const longest = 200000;
  const piece = (name, text) => {
    const span = document.createElement("span");
    span.className = name;
    span.textContent = text;
    return span;
  };
  const kind = (text) => {
    const value = text.trim();
    if (value === "") return null;
    if (value.startsWith("#")) return "y-note";
    return /^(-?[\d.]+|true|false|null|\{\}|\[\]|[|>][-+]?)$/.test(value) ? "y-plain" : "y-text";
  };
  const coloured = (line, into) => {
    const found = /^(\s*(?:- )*)((?:"[^"]*"|'[^']*'|[^\s:#"'][^:]*?):)(\s.*)?$/.exec(line);
    const dash = /^(\s*(?:- )+)(.*)$/.exec(line);
    const [lead, key, rest] = found ? [found[1], found[2], found[3] || ""] : dash ? [dash[1], "", dash[2]] : ["", "", line];
    if (lead) into.append(lead);
    if (key) into.append(piece("y-key", key));
    const name = kind(rest);
    if (rest) into.append(name && (key || dash) ? piece(name, rest) : rest);
  };
  const colour = (pre) => {
    if (pre.dataset.coloured) return;
    pre.dataset.coloured = "yes";
    if (pre.textContent.length > longest) return;
    if (pre.classList.contains("diff")) {
      for (const line of all("span", pre)) {
        const text = line.textContent;
        line.textContent = "";
        coloured(text, line);
      }
      return;
    }
    const lines = pre.textContent.split("\n");
    pre.textContent = "";
    lines.forEach((line, at) => {
      if (at) pre.append("\n");
      coloured(line, pre);
    });
  };
  document.addEventListener("toggle", (event) => {
    if (event.target.open) all(":scope > pre.yaml, :scope > .fields pre.yaml", event.target).forEach(colour);
  }, true);

  const form = one("#filter");
  if (form) {
    form.hidden = false;
    const groups = all(".owner").map((element) => ({
      element,
      name: element.dataset.o,
      folded: element.dataset.o.toLowerCase(),
      found: one(":scope > summary > .found", element),
      list: one(":scope > ul", element),
      // The rows of large plans are text until somebody looks at them.
      text: one(":scope > script", element),
      rows: null,
      limit: 0,
    }));
    const page = 200;
    const folded = (text) => text.toLowerCase().replace(/&amp;/g, "&");
    // Read when first searched or opened: nobody may.
    const rows = (group) => {
      if (group.rows) return group.rows;
      if (!group.text) {
        group.rows = all(":scope > li", group.list).map((element) => ({
          element,
          action: element.dataset.a,
          kind: element.dataset.k,
          folded: all("summary code, summary .of, :scope > code, :scope > .of", element).map((part) => part.textContent).join(" ").toLowerCase(),
          isShown: true,
        }));
        return group.rows;
      }
      group.rows = group.text.textContent.split("<li ").slice(1).map((text) => {
        const [, action, kind] = /^data-a="([^"]*)" data-k="([^"]*)"/.exec(text);
        const [, id, owner] = /<code>([^<]*)<\/code>(?: <span class="of">([^<]*))?/.exec(text);
        return { html: `<li ${text}`, action, kind, folded: folded(`${id} ${owner || ""}`), isShown: true };
      });
      return group.rows;
    };
    // All of it is escaped: it was a part of this page when it was written.
    const draw = (group) => {
      if (!group.text || !group.element.open) return;
      const kept = rows(group).filter((row) => row.isShown);
      group.limit = Math.max(group.limit, page);
      group.list.innerHTML = kept.slice(0, group.limit).map((row) => row.html).join("");
      if (kept.length <= group.limit) return;
      const more = document.createElement("button");
      more.type = "button";
      more.textContent = `Show ${Math.min(page, kept.length - group.limit)} more of ${kept.length - group.limit}`;
      more.addEventListener("click", () => {
        const last = group.limit;
        group.limit += page;
        draw(group);
        const next = one("summary", group.list.children[last]);
        if (next) next.focus();
      });
      const item = document.createElement("li");
      item.append(more);
      group.list.append(item);
    };
    groups.forEach((group) => group.element.addEventListener("toggle", () => draw(group)));
    const fields = form.elements;
    const few = 60;
    const filter = () => {
      const words = fields.text.value.toLowerCase().split(/\s+/).filter(Boolean);
      const [action, kind, owner] = [fields.action.value, fields.kind.value, fields.owner.value];
      const isFiltered = words.length > 0 || action !== "" || kind !== "" || owner !== "";
      let [shown, whole] = [0, 0];
      const kept = [];
      for (const group of groups) {
        let number = 0;
        for (const row of rows(group)) {
          row.isShown = (owner === "" || owner === group.name) && (action === "" || action === row.action) &&
            (kind === "" || kind === row.kind) &&
            words.every((word) => row.folded.includes(word) || group.folded.includes(word));
          if (row.element && row.element.hidden === row.isShown) row.element.hidden = !row.isShown;
          if (row.isShown) number += 1;
        }
        whole += group.rows.length;
        shown += number;
        group.element.hidden = number === 0;
        group.found.hidden = !isFiltered || number === 0;
        if (isFiltered) group.found.textContent = ` (${number} of ${group.rows.length} match)`;
        if (number) kept.push(group);
        group.limit = 0;
        draw(group);
      }
      if (isFiltered && shown <= few) kept.forEach((group) => { group.element.open = true; });
      fields.shown.value = isFiltered ? `${shown} of ${whole} objects` : "";
    };
    let timer = 0;
    const soon = () => {
      clearTimeout(timer);
      timer = setTimeout(filter, 120);
    };
    form.addEventListener("input", soon);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      filter();
    });
    form.addEventListener("reset", () => setTimeout(filter));
    const open = (isOpen) => groups.filter((group) => !group.element.hidden).forEach((group) => { group.element.open = isOpen; });
    fields.open.addEventListener("click", () => open(true));
    fields.close.addEventListener("click", () => open(false));
    document.addEventListener("keydown", (event) => {
      const isTyping = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
      if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault();
        fields.text.focus();
      } else if (event.key === "Escape" && event.target === fields.text) {
        fields.text.value = "";
        filter();
      }
    });
    // A browser may remember what was typed.
    if (["text", "action", "kind", "owner"].some((name) => fields[name].value !== "")) filter();
  }

  const graph = one(".graph");
  const svg = graph && one("svg", graph);
  if (svg) {
    const tools = one(".graph-tools");
    const [width, height] = ["width", "height"].map((name) => Number(svg.getAttribute(name)));
    tools.hidden = false;
    graph.classList.add("moves");
    const box = { x: 0, y: 0, width, height };
    const show = () => svg.setAttribute("viewBox", `${box.x} ${box.y} ${box.width} ${box.height}`);
    const zoom = (factor, x = 0.5, y = 0.5) => {
      const next = Math.min(Math.max(box.width * factor, 100), width * 2);
      const real = next / box.width;
      box.x += box.width * (1 - real) * x;
      box.y += box.height * (1 - real) * y;
      box.width *= real;
      box.height *= real;
      show();
    };
    const move = (x, y) => {
      box.x += x * box.width;
      box.y += y * box.height;
      show();
    };
    const whole = () => {
      Object.assign(box, { x: 0, y: 0, width, height });
      show();
    };
    const deeds = { in: () => zoom(0.7), out: () => zoom(1 / 0.7), all: whole };
    all("button", tools).forEach((button) => button.addEventListener("click", () => deeds[button.dataset.zoom]()));
    const keys = {
      "+": deeds.in, "=": deeds.in, "-": deeds.out, "0": whole,
      ArrowLeft: () => move(-0.1, 0), ArrowRight: () => move(0.1, 0), ArrowUp: () => move(0, -0.1), ArrowDown: () => move(0, 0.1),
    };
    graph.addEventListener("keydown", (event) => {
      if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      keys[event.key]();
    });
    graph.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const place = svg.getBoundingClientRect();
      zoom(event.deltaY < 0 ? 0.8 : 1.25, (event.clientX - place.left) / place.width, (event.clientY - place.top) / place.height);
    }, { passive: false });
    let from = null;
    svg.addEventListener("pointerdown", (event) => {
      from = [event.clientX, event.clientY];
      svg.setPointerCapture(event.pointerId);
    });
    svg.addEventListener("pointermove", (event) => {
      if (!from) return;
      const place = svg.getBoundingClientRect();
      const scale = Math.max(box.width / place.width, box.height / place.height);
      box.x -= (event.clientX - from[0]) * scale;
      box.y -= (event.clientY - from[1]) * scale;
      from = [event.clientX, event.clientY];
      show();
    });
    ["pointerup", "pointercancel"].forEach((name) => svg.addEventListener(name, () => { from = null; }));
  }

  for (const button of all(".copy")) {
    if (!navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(one("code", button.parentElement).textContent);
        button.textContent = "Copied";
      } catch {
        button.textContent = "Select it by hand";
      }
    });
  }
})();
