// Waveforms for players, once they play, and keys for lists of utterances: j next, k previous, p play or pause.

import { addTools } from "./sound.js";

const LAST = 0.03; // seconds before the end of a file, where `loop` would begin it anew

let playing = null;
let from = 0; // seconds of what plays, where it began
let until = Infinity; // seconds of what plays, where it stops

export function addPlaying(body) {
  body.addEventListener("play", (event) => begin(event.target, body), true);
  body.addEventListener("click", (event) => {
    const audio = event.target.closest(".diff dd")?.closest(".utterance").querySelector("audio");
    if (!audio || event.target.closest("[data-at]") || getSelection().toString()) return;
    audio.currentTime = 0;
    audio.play();
  });
  body.addEventListener("timeupdate", ({ target }) => target === playing && isOver(target) && endPart(target), true);
  body.addEventListener("pause", ({ target }) => target === playing && (until = Infinity), true);
  body.querySelectorAll(".seek").forEach((button) => (button.hidden = false));
  body.addEventListener("click", (event) => {
    const button = event.target.closest(".seek");
    if (button) playPart(button.closest(".utterance").querySelector("audio"), Number(button.dataset.from), Number(button.dataset.to));
  });
  body.addEventListener("input", (event) => {
    const turn = event.target.closest(".review .segment")?.closest(".utterance").querySelector("[name=turn]");
    if (turn) turn.checked = true; // what somebody corrects they want
  });
  body.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
    if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    else if (event.key === "p") toggle();
  });
}

function begin(audio, body) {
  if (playing && playing !== audio) playing.pause();
  playing = audio;
  if ("waves" in body.dataset && !audio.dataset.drawn) draw(audio);
  if (audio.closest(".utterance") && !audio.dataset.tools) addTools(audio);
}

export function playPart(audio, begin, end) {
  audio.currentTime = from = begin;
  until = end;
  audio.play();
  requestAnimationFrame(stopInTime);
}

// `timeupdate` comes four times a second, which is longer than a word.
function stopInTime() {
  if (until === Infinity) return;
  if (playing && isOver(playing)) endPart(playing);
  requestAnimationFrame(stopInTime);
}

// A part may reach to the end of the file: `loop` may have begun that anew before anybody looked.
function isOver(audio) {
  if (until === Infinity) return false;
  return audio.currentTime >= Math.min(until, audio.duration - LAST) || (audio.loop && audio.currentTime < from - LAST);
}

function endPart(audio) {
  if (audio.loop) audio.currentTime = from;
  else audio.pause();
}

async function draw(audio) {
  audio.dataset.drawn = "yes";
  const place = document.createElement("div");
  place.className = "wave";
  audio.after(place);
  const { default: WaveSurfer } = await import("./vendor/wavesurfer.js");
  WaveSurfer.create({
    container: place,
    media: audio,
    height: 56,
    barWidth: 2,
    barGap: 1,
    barRadius: 2,
    waveColor: colour(place, "--edge"),
    progressColor: colour(place, "--accent"),
    cspNonce: document.querySelector("meta[name=csp-nonce]").nonce,
  });
}

// A canvas knows no light-dark(), so the colour is asked of an element that has it.
function colour(place, name) {
  place.style.color = `var(${name})`;
  const found = getComputedStyle(place).color;
  place.style.color = "";
  return found;
}

function step(by) {
  const all = [...document.querySelectorAll(".utterance")];
  if (!all.length) return;
  const at = all.indexOf(document.activeElement?.closest(".utterance"));
  const next = all[Math.min(Math.max(at + by, 0), all.length - 1)];
  next.tabIndex = -1;
  next.focus();
}

function toggle() {
  const audio = document.activeElement?.closest(".utterance")?.querySelector("audio") ?? playing;
  if (audio) audio.paused ? audio.play() : audio.pause();
}
