"use strict";
// Sets the opinion beside a question when it is opened, and filters the list. All text is set with
// textContent, never as HTML.

const opinions = JSON.parse(document.getElementById("data").textContent).opinions;
const questions = [...document.querySelectorAll("details.question")];

// Offsets count code points, as Python does; a JavaScript string counts UTF-16 units.
const letters = new Map();
function lettersOf(block) {
  if (!letters.has(block)) letters.set(block, Array.from(block.text));
  return letters.get(block);
}

function pieces(block, marks) {
  const text = lettersOf(block), end = block.start + text.length;
  const cuts = new Set([block.start, end]);
  for (const spans of Object.values(marks))
    for (const [from, to] of spans)
      for (const at of [from, to]) if (at > block.start && at < end) cuts.add(at);
  const at = [...cuts].sort((a, b) => a - b);
  return at.slice(1).map((to, i) => {
    const from = at[i];
    const kinds = Object.keys(marks).filter((k) => marks[k].some(([a, b]) => a <= from && to <= b));
    return { kinds, text: text.slice(from - block.start, to - block.start).join("") };
  });
}

function show(question) {
  const box = question.querySelector(".opinion");
  if (box.childElementCount) return;
  const marks = JSON.parse(question.dataset.marks);
  for (const block of opinions[question.dataset.opinion]) {
    const row = document.createElement("p");
    row.className = "block " + block.kind;
    if (block.label) {
      const label = document.createElement("span");
      label.className = "label";
      label.textContent = block.label.replace("¶ ", "");
      row.append(label);
    }
    for (const piece of pieces(block, marks)) {
      if (!piece.kinds.length) { row.append(piece.text); continue; }
      const mark = document.createElement("mark");
      mark.className = piece.kinds.join(" ");
      mark.textContent = piece.text;
      row.append(mark);
    }
    box.append(row);
  }
  const first = box.querySelector("mark.needed") || box.querySelector("mark");
  if (first) box.scrollTop = Math.max(0, first.offsetTop - box.offsetTop - box.clientHeight / 4);
}

for (const question of questions)
  question.addEventListener("toggle", () => question.open && show(question));

const filters = document.getElementById("filters");
function filter() {
  const wanted = new FormData(filters);
  const words = (wanted.get("words") || "").toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const question of questions) {
    const { outcome, category, failure } = question.dataset;
    const text = question.querySelector("summary").textContent.toLowerCase();
    const kept =
      (!wanted.get("outcome") || wanted.get("outcome") === outcome ||
        (wanted.get("outcome") === "*" && failure === "1")) &&
      (!wanted.get("category") || wanted.get("category") === category) &&
      words.every((w) => text.includes(w));
    question.hidden = !kept;
    shown += kept;
  }
  document.getElementById("count").textContent = shown + " shown";
  document.getElementById("none").hidden = shown > 0;
}
filters.addEventListener("input", filter);
filters.addEventListener("submit", (event) => event.preventDefault());

function open() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target && target.matches("details.question")) {
    target.hidden = false;
    target.open = true;
    target.scrollIntoView();
  }
}
window.addEventListener("hashchange", open);
filter();
open();
