/* The evaluation tab's own behaviour: the form is sent to Python as it stands, a pressed question is
   shown in the opinion beside the list. It reads only data attributes and sets only text. */
(() => {
  "use strict";

  const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
  const one = (selector, inside = document) => inside.querySelector(selector);
  let chosen = null; // the file as a File
  let pressed = null; // the id of the question that is shown

  function send(from, name, detail) {
    from.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }));
  }

  /* ---- the form ---- */

  /** A file's bytes in base64, so that Python sees them as they are. */
  function base64(file) {
    return new Promise((resolve, reject) => {
      const reader = new FileReader();
      reader.onload = () => resolve(String(reader.result).replace(/^[^,]*,?/, ""));
      reader.onerror = () => reject(reader.error);
      reader.readAsDataURL(file);
    });
  }

  function complain(text) {
    const line = document.createElement("p");
    line.className = "error";
    line.setAttribute("role", "alert");
    line.textContent = text;
    const old = one("#evaluate-form .error");
    if (old) old.replaceWith(line);
    else if (text) one("#evaluate-form form").append(line);
    if (!text) line.remove();
  }

  async function run(form) {
    if (one("#evaluate-progress .running")) return;
    const sets = [...form.querySelectorAll("[name=set]:checked")].map((box) => box.value);
    const detail = { sets, limit: form.elements.limit.value, name: null, content: null };
    complain("");
    if (chosen) {
      try {
        detail.content = await base64(chosen);
        detail.name = chosen.name;
      } catch {
        return complain(`${chosen.name} cannot be read any more. Choose it again.`);
      }
    }
    send(form, "run", detail);
  }

  function choose(input) {
    const [file] = input.files;
    complain("");
    if (file && file.size > Number(input.dataset.largest)) {
      complain(input.dataset.tooLarge.replace("FILE", () => file.name));
      return leaveOut();
    }
    if (file) show(file, file.name);
  }

  function leaveOut() {
    one("#evaluate-form [name=file]").value = "";
    show(null, "JSON Lines, one question a line");
  }

  function show(file, text) {
    chosen = file;
    one("#evaluate-form .file-name").textContent = text;
    one("#evaluate-form .no-file").hidden = !file;
    if (!file) return;
    for (const box of document.querySelectorAll("#evaluate-form [name=set]")) box.checked = false;
  }

  /* ---- a question in the opinion ---- */

  /** Bring what is marked to the upper part of the pane (of the page, where it is one column). */
  function turnTo(element, box) {
    const scrolls = box && box.scrollHeight > box.clientHeight && getComputedStyle(box).overflowY !== "visible";
    const behavior = calm() ? "instant" : "smooth";
    if (!scrolls) return element.scrollIntoView({ block: element.matches("mark") ? "center" : "start", behavior });
    const top = element.getBoundingClientRect().top - box.getBoundingClientRect().top;
    box.scrollTo({ top: box.scrollTop + top - box.clientHeight / 4, behavior });
  }

  /** The next passage marked so, round and round. */
  function nextMark(button) {
    const missed = button.dataset.mark === "wanted" ? ":not(.missed)" : "";
    const all = [...document.querySelectorAll(`.marked-opinion mark.${button.dataset.mark}${missed}`)];
    const next = all[Number(button.dataset.next ?? 0) % all.length];
    button.dataset.next = String(Number(button.dataset.next ?? 0) + 1);
    if (next) turnTo(next, one("#evaluate-case .marked-opinion"));
  }

  function links() {
    return [...document.querySelectorAll("#evaluate-results .case-link")];
  }

  function showCase() {
    const text = one("#evaluate-case .marked-opinion");
    for (const link of links()) {
      link.setAttribute("aria-pressed", String(text !== null && link.dataset.id === pressed));
    }
    const title = one("#case-title");
    if (!text || !title) return;
    const pane = one("#evaluate-case");
    const inner = one("#evaluate-case .marked-opinion");
    const first = one("mark.missed", text) ?? one("mark", text);
    title.focus({ preventScroll: true });
    if (getComputedStyle(inner).overflowY === "auto") {
      inner.scrollTo({ top: 0 });
      if (first) turnTo(first, inner);
    } else {
      turnTo(one(".case", pane), null);
    }
  }

  /** Back to the list, at the question that was pressed. */
  function leaveCase() {
    one("#evaluate-case .case")?.remove();
    const link = links().find((l) => l.dataset.id === pressed);
    links().forEach((l) => l.setAttribute("aria-pressed", "false"));
    link?.closest("details")?.setAttribute("open", "");
    link?.scrollIntoView({ block: "nearest" });
    link?.focus({ preventScroll: true });
  }

  /* ---- listening ---- */

  document.addEventListener("submit", (event) => {
    const form = event.target.closest?.("#evaluate-form form");
    if (!form) return;
    event.preventDefault();
    run(form);
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("#evaluate-form [name=file]")) choose(event.target);
  });
  document.addEventListener("click", (event) => {
    const at = (selector) => event.target.closest?.(selector);
    const link = at("#evaluate-results .case-link");
    if (link) {
      pressed = link.dataset.id;
      send(link, "case", { id: pressed });
    } else if (at("#evaluate-results .jump")) {
      const place = one(`#evaluate-results h3.${at(".jump").dataset.to}`);
      place?.scrollIntoView({ block: "start", behavior: calm() ? "instant" : "smooth" });
      place?.focus({ preventScroll: true });
    } else if (at("#evaluate-case .to-mark")) nextMark(at(".to-mark"));
    else if (at("#evaluate-case .close-case")) leaveCase();
    else if (at("#evaluate-form .no-file")) leaveOut();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && document.activeElement?.closest("#evaluate-case")) leaveCase();
  });

  let seen = null; // the case that is on the page
  let running = false;
  new MutationObserver(() => {
    const now = one("#evaluate-case .case");
    if (now !== seen) {
      seen = now;
      if (now) requestAnimationFrame(showCase);
    }
    const busy = one("#evaluate-progress .running") !== null;
    if (busy === running) return;
    running = busy;
    if (busy) complain("");
    if (document.activeElement !== document.body) return;
    // The button that had the focus has gone: the one in its place gets it.
    requestAnimationFrame(() => one(busy ? "#evaluate-cancel" : "#evaluate-form .run")?.focus({ preventScroll: true }));
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
