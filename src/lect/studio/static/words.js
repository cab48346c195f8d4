// Words that say when they are spoken become buttons that play them. A line of words is one stop of the Tab key: arrows go on from there.

import { playPart } from "./play.js";

const MARGIN = 0.08; // seconds before and after a word, so that it is not cut

export function addWords(body) {
  makeButtons(body);
  body.addEventListener("htmx:load", (event) => makeButtons(event.target));
  body.addEventListener("click", (event) => play(event.target.closest("[data-at]")));
  body.addEventListener("keydown", (event) => {
    const word = event.target.closest("[data-at]");
    if (!word || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" || event.key === " ") play(word);
    else if (!go(word, event.key)) return;
    event.preventDefault();
  });
}

function makeButtons(part) {
  part.querySelectorAll(".utterance:has(audio) dd").forEach((line) =>
    line.querySelectorAll("[data-at]").forEach((word, place) => {
      word.role = "button";
      word.tabIndex = place ? -1 : 0;
      word.ariaLabel = `Hear ${word.textContent}`;
    }),
  );
}

function play(word) {
  const audio = word?.closest(".utterance").querySelector("audio");
  if (!audio || getSelection().toString()) return;
  focus(word);
  const [begin, end] = word.dataset.at.split(" ").map(Number);
  playPart(audio, Math.max(begin - MARGIN, 0), end + MARGIN);
}

function go(word, key) {
  const words = [...word.closest("dd").querySelectorAll("[data-at]")];
  const forward = getComputedStyle(word.closest("dd")).direction === "rtl" ? -1 : 1;
  const at = words.indexOf(word);
  const to = { ArrowRight: at + forward, ArrowLeft: at - forward, Home: 0, End: words.length - 1 }[key];
  if (to === undefined) return false;
  if (words[to]) focus(words[to]);
  return true;
}

function focus(word) {
  word.closest("dd").querySelectorAll("[data-at]").forEach((each) => (each.tabIndex = each === word ? 0 : -1));
  word.focus();
}
