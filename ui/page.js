/* The page's own behaviour: markers lead into the opinion and back, the latest answer's passages
   stay marked, a marker shows its quotation. It reads only data attributes and sets only text. */
(() => {
  "use strict";

  const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
  const pane = () => document.querySelector("#opinion");
  const log = () => document.querySelector("#conversation");
  const questionBox = () => document.querySelector("#question textarea, #question input");
  let lastMarker = null; // where "back" leads

  /* ---- finding and showing a passage ---- */

  /** The opinion's sentences that overlap [start, end), in order. */
  function sentences(start, end) {
    return [...document.querySelectorAll("#opinion .s")].filter(
      (s) => Number(s.dataset.start) < end && start < Number(s.dataset.end),
    );
  }

  /** The element that scrolls `inside`: its pane on a wide page, the page itself on a narrow one. */
  function scroller(inside) {
    for (let e = inside.parentElement; e; e = e.parentElement) {
      const scrolls = ["auto", "scroll"].includes(getComputedStyle(e).overflowY);
      if (scrolls && e.scrollHeight > e.clientHeight) return e;
    }
    return document.scrollingElement;
  }

  /** Bring `element` to the upper third of what scrolls it, and nothing else. */
  function bringIntoView(element) {
    const box = scroller(element);
    const whole = box === document.scrollingElement;
    const height = whole ? innerHeight : box.clientHeight;
    const top = element.getBoundingClientRect().top - (whole ? 0 : box.getBoundingClientRect().top);
    box.scrollTo({
      top: box.scrollTop + top - height / 4,
      behavior: calm() ? "instant" : "smooth",
    });
  }

  function flash(elements) {
    document.querySelectorAll("#opinion .flash").forEach((s) => s.classList.remove("flash"));
    for (const element of elements) {
      void element.offsetWidth; // lets the animation start again
      element.classList.add("flash");
    }
  }

  function show(marker) {
    const found = sentences(Number(marker.dataset.start), Number(marker.dataset.end));
    if (!found.length) return;
    lastMarker = marker;
    hideQuotation();
    document.querySelectorAll("#opinion .s.shown").forEach((s) => s.classList.remove("shown"));
    found.forEach((s) => s.classList.add("shown"));
    bringIntoView(found[0]);
    flash(found);
    const back = found[0].previousElementSibling;
    const target = back?.matches(".mark") ? back : found[0];
    if (target === found[0]) target.tabIndex = -1;
    target.focus({ preventScroll: true });
    offerWayBack();
  }

  /** On a narrow page the answer is out of sight by then: a button that leads back to it. */
  function offerWayBack() {
    if (!document.querySelector("#back-to-answer")) {
      const button = document.createElement("button");
      button.type = "button";
      button.id = "back-to-answer";
      button.textContent = "Back to the answer";
      document.body.append(button);
    }
    document.body.classList.add("has-shown");
  }

  /** A marker as it stands now: the conversation is set anew whenever something in it changes. */
  function standing(marker) {
    if (!marker || marker.isConnected) return marker;
    const { start, end, marker: number } = marker.dataset;
    const same = `[data-start="${start}"][data-end="${end}"][data-marker="${number}"]`;
    return [...document.querySelectorAll(`#conversation .marker${same}`)].pop();
  }

  function goBack(marker) {
    const target = standing(marker) ?? standing(lastMarker);
    if (!target?.isConnected) return questionBox()?.focus();
    bringIntoView(target);
    target.focus({ preventScroll: true });
    document.body.classList.remove("has-shown");
  }

  /* ---- the latest answer's passages, marked and numbered in the opinion ---- */

  function latestMarkers() {
    const answered = document.querySelectorAll('#conversation .exchange[data-stage="answered"]');
    const latest = answered[answered.length - 1];
    const byNumber = new Map();
    for (const marker of latest?.querySelectorAll(".marker") ?? []) {
      const key = [marker.dataset.marker, marker.dataset.start, marker.dataset.end].join(" ");
      if (!byNumber.has(key)) byNumber.set(key, marker);
    }
    return byNumber;
  }

  let markedFor = "";

  function markOpinion() {
    const markers = latestMarkers();
    const key = [...markers.keys()].join("|");
    if (key === markedFor || !pane()) return;
    markedFor = key;
    document.body.classList.remove("has-shown");
    document.querySelectorAll("#opinion .mark").forEach((m) => m.remove());
    document
      .querySelectorAll("#opinion .s")
      .forEach((s) => s.classList.remove("cited", "near", "shown", "flash"));
    for (const marker of markers.values()) {
      const found = sentences(Number(marker.dataset.start), Number(marker.dataset.end));
      const kind = marker.classList.contains("near") ? "near" : "cited";
      found.forEach((s) => s.classList.add(kind));
      if (found.length) found[0].before(numberFor(marker, kind));
    }
    showLead();
  }

  /** Beside the conversation (not below it), the opinion turns to where the answer leads. */
  function showLead() {
    const lead = [...latestMarkers().values()].find((m) => m.classList.contains("cited"));
    const first = lead && sentences(Number(lead.dataset.start), Number(lead.dataset.end))[0];
    if (!first || scroller(first) !== pane()) return;
    const view = pane().getBoundingClientRect();
    const { top, bottom } = first.getBoundingClientRect();
    if (top < view.top || bottom > view.bottom) bringIntoView(first);
  }

  function numberFor(marker, kind) {
    const number = document.createElement("button");
    number.type = "button";
    number.className = `mark ${kind}`;
    number.textContent = marker.dataset.marker;
    number.title = "Back to the answer";
    number.setAttribute("aria-label", `Passage ${marker.dataset.marker}: back to the answer`);
    number.addEventListener("click", () => goBack(marker));
    return number;
  }

  /* ---- the quotation beside a marker ---- */

  let quotation = null;

  /** The words around a passage in its own paragraph: about as much as fits two lines. */
  function around(sentence, neighbour) {
    const near = sentence && sentence[neighbour];
    const unit = near?.matches(".mark") ? near[neighbour] : near;
    const text = unit?.matches(".s") ? unit.textContent.replace(/\s+/g, " ") : "";
    if (text.length <= 140) return text;
    const before = neighbour === "previousElementSibling";
    return before ? `… ${text.slice(-140).replace(/^\S*\s/, "")}` : `${text.slice(0, 140).replace(/\s\S*$/, "")} …`;
  }

  function element(tag, className, text) {
    const made = document.createElement(tag);
    made.className = className;
    made.textContent = text;
    return made;
  }

  /** The quotation in its context, below the marker (below the quotation, where that stands). */
  function showQuotation(marker) {
    if (!quotation) {
      quotation = element("div", "", "");
      quotation.id = "marker-quotation";
      quotation.setAttribute("role", "tooltip");
      document.body.append(quotation);
    }
    const found = sentences(Number(marker.dataset.start), Number(marker.dataset.end));
    const words = document.createElement("p");
    words.append(
      element("span", "around", `${around(found[0], "previousElementSibling")} `),
      element("span", "", `“${marker.dataset.quote}”`),
      element("span", "around", ` ${around(found[found.length - 1], "nextElementSibling")}`),
    );
    quotation.replaceChildren(words, element("p", "", marker.dataset.where));
    quotation.hidden = false;
    const at = (marker.closest(".quotation") ?? marker).getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = quotation;
    const left = Math.max(8, Math.min(marker.getBoundingClientRect().left, innerWidth - width - 8));
    const below = at.bottom + 8 + height <= innerHeight;
    quotation.style.left = `${left}px`;
    quotation.style.top = `${below ? at.bottom + 8 : Math.max(8, at.top - height - 8)}px`;
  }

  function hideQuotation() {
    if (quotation) quotation.hidden = true;
  }

  /* ---- the conversation ---- */

  let exchanges = 0;
  let followed = ""; // the exchange and stage that were followed to their end

  /** Show a new exchange from its beginning, and follow its answer until it fills the view. */
  function followConversation() {
    const all = document.querySelectorAll("#conversation .exchange");
    const last = all[all.length - 1];
    const isNew = all.length !== exchanges;
    exchanges = all.length;
    if (!last) return;
    const box = scroller(last);
    if (!isNew && last.dataset.stage !== "answering" && last.dataset.stage !== "answered") return;
    const reached = `${exchanges} ${last.dataset.stage}`;
    if (last.dataset.stage === "answered" && followed === reached) return;
    followed = reached;
    if (box === document.scrollingElement) {
      if (isNew) last.scrollIntoView({ block: "start", behavior: calm() ? "instant" : "smooth" });
      return;
    }
    const top = box.scrollTop + last.getBoundingClientRect().top - box.getBoundingClientRect().top;
    const bottom = box.scrollHeight - box.clientHeight;
    const wanted = Math.min(top - 16, bottom);
    if (isNew || box.scrollTop < wanted) box.scrollTo({ top: wanted });
  }

  /* ---- verdicts on answers ---- */

  const drafts = new Map(); // reasons being typed, by the exchange's place
  let held = null; // the control of a verdict that had the focus when the conversation was set anew

  function sendVerdict({ place, thumb }, reason) {
    const detail = { place: Number(place), thumb, reason };
    (log().querySelector(".log") ?? log()).dispatchEvent(
      new CustomEvent("verdict", { detail, bubbles: true }),
    );
  }

  function saveReason(box) {
    const text = box.querySelector(".reason-text").value;
    drafts.delete(box.dataset.place);
    sendVerdict(box.dataset, text);
  }

  /** After the conversation was set anew: what was being typed, and the focus, as they were. */
  function keepVerdicts() {
    if (!document.querySelector("#conversation .exchange")) drafts.clear();
    for (const [place, text] of drafts) {
      const field = document.querySelector(`#conversation .reason[data-place="${place}"] .reason-text`);
      if (field && field.value !== text) field.value = text;
    }
    if (!held || document.activeElement !== document.body) return;
    document.querySelector(held)?.focus({ preventScroll: true });
  }

  function holdVerdict(control) {
    const place = control?.closest("[data-place]")?.dataset.place;
    const name = ["up", "down", "reason-text", "save-reason"].find((n) => control?.classList.contains(n));
    held = place && name ? `#conversation [data-place="${place}"] .${name}` : null;
  }

  /** Put a question into Gradio's box as typing does. */
  function putInBox(text) {
    const box = questionBox();
    if (!box) return;
    const typed = box.value.trim();
    box.value = typed && typed !== text ? `${text}\n${typed}` : text;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.focus();
  }

  let lastAsked = { text: "", exchanges: -1, at: -Infinity };

  /** Whether a press is the tail of the one before it: held or struck twice, or an empty box while
      the answer is on its way. (A different question is asked when the present one is done.) */
  function isRepeated(event) {
    const text = questionBox()?.value.trim() ?? "";
    const count = document.querySelectorAll("#conversation .exchange").length;
    const busy = document.querySelector('#conversation .exchange[aria-busy="true"]') !== null;
    const again =
      lastAsked.text === text && lastAsked.exchanges === count && event.timeStamp - lastAsked.at < 1500;
    if (event.repeat || event.detail > 1 || (busy && !text) || again) return true;
    lastAsked = { text, exchanges: count, at: event.timeStamp };
    return false;
  }

  function holdRepeated(event) {
    const entered =
      event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target === questionBox();
    const pressed = event.type === "click" && event.target.closest?.("#ask");
    if ((entered || pressed) && isRepeated(event)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }

  async function copy(button) {
    const text = button.dataset.copy;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Only secure origins and this machine have a clipboard; elsewhere the old way still works.
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
      button.focus();
    }
    announce("Copied");
    const label = button.textContent;
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = label), 2000);
  }

  function announce(text) {
    let line = document.querySelector("#announcement");
    if (!line) {
      line = document.createElement("div");
      line.id = "announcement";
      line.setAttribute("role", "status");
      document.body.append(line);
    }
    line.textContent = text;
  }

  /** Links inside the page: without this the page's <base> would make some of them load it anew. */
  function follow(link) {
    const name = link.getAttribute("href").slice(1);
    const target = name === "question" ? questionBox() : document.getElementById(name);
    if (!target) return;
    if (target === pane()) target.tabIndex = 0;
    bringIntoView(target);
    target.focus({ preventScroll: true });
    if (target.closest("#opinion")) flash(target.matches(".s, .note, .call") ? [target] : []);
  }

  /* ---- listening ---- */

  addEventListener("keydown", holdRepeated, true);
  addEventListener("click", holdRepeated, true);

  document.addEventListener("click", (event) => {
    const at = (selector) => event.target.closest?.(selector);
    const link = at('#opinion a[href^="#"], a.skip');
    if (link) {
      event.preventDefault();
      follow(link);
    } else if (at("#conversation .marker")) show(at("#conversation .marker"));
    else if (at("#conversation .copy")) copy(at("#conversation .copy"));
    else if (at("#conversation .thumb")) {
      const thumb = at("#conversation .thumb").dataset.thumb;
      sendVerdict({ place: at("[data-place]").dataset.place, thumb }, null);
    } else if (at("#conversation .save-reason")) saveReason(at(".reason"));
    else if (at("#conversation .again")) {
      putInBox(at(".exchange").querySelector(".asked").textContent);
    } else if (at("#back-to-answer")) goBack(null);
    else if (at("#stop, #new, button.example") && matchMedia("(pointer: fine)").matches) {
      questionBox()?.focus({ preventScroll: true }); // on a phone the keyboard would cover the answer
    }
  });

  for (const [type, act] of [
    ["mouseover", showQuotation],
    ["focusin", (marker) => marker.matches(":focus-visible") && showQuotation(marker)],
    ["mouseout", hideQuotation],
    ["focusout", hideQuotation],
  ]) {
    document.addEventListener(type, (event) => {
      const marker = event.target.closest?.("#conversation .marker");
      if (marker) act(marker);
    });
  }
  document.addEventListener("scroll", hideQuotation, true);
  document.addEventListener("focusin", (event) => holdVerdict(event.target));
  document.addEventListener("pointerdown", (event) => holdVerdict(event.target.closest?.("button, input")));
  document.addEventListener("input", (event) => {
    const field = event.target;
    if (field.matches?.("#conversation .reason-text")) drafts.set(field.closest(".reason").dataset.place, field.value);
  });
  document.addEventListener("keydown", (event) => {
    const field = event.target;
    if (event.key !== "Enter" || event.isComposing || !field.matches?.("#conversation .reason-text")) return;
    event.preventDefault();
    saveReason(field.closest(".reason"));
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    hideQuotation();
    if (document.activeElement?.closest("#opinion")) goBack(null);
  });

  let due = false;
  new MutationObserver((changes) => {
    if (due || !changes.some((c) => log()?.contains(c.target) || c.addedNodes.length)) return;
    due = true;
    requestAnimationFrame(() => {
      due = false;
      keepVerdicts();
      markOpinion();
      followConversation();
    });
  }).observe(document.documentElement, { childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: ["data-stage", "data-start", "data-marker"] });
})();
