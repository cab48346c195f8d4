// Speech to the recogniser while it is said, and onto the page what is understood of it so far, which its final takes the place of.

import { open } from "./microphone.js";

const LOST = "The connection was lost. What was understood until then is kept. Try again.";
const SLOW = "The connection is too slow for sound. What was understood until then is kept. Try again where it is faster.";
const AWAITED = 60000; // milliseconds that the end of what was said may take
const LONGEST = 10; // minutes that one turn may take: somebody may have forgotten it
const LONG = `${LONGEST} minutes are over, the most at once. Press Speak to go on.`;
const MOST_WAITING = 1 << 20; // bytes of sound that are not on their way yet, some half a minute

export function addLive(form, complain) {
  const place = form.querySelector(".microphone");
  const button = place.querySelector("button");
  const meter = place.querySelector("meter");
  const seconds = place.querySelector(".seconds");
  const said = form.querySelector(".live");
  const finals = said.querySelector(".finals");
  const partial = said.querySelector(".partial");
  const about = form.querySelector(".about");
  let turn = null;
  let facts = {}; // of what is heard: its model, seconds of speech, and how sure the model is of them
  place.hidden = false;

  button.addEventListener("click", () => (turn ? turn.finish() : begin()));

  function begin() {
    finals.replaceChildren();
    partial.textContent = about.textContent = seconds.textContent = "";
    complain("");
    facts = {};
    said.hidden = false;
    turn = listen(new URL(address(form), location.href), { show, heard, over });
    show("listening");
  }

  function show(state) {
    button.classList.toggle("on", state === "listening");
    button.disabled = state === "finishing";
    button.querySelector("span").textContent = { listening: "Stop", finishing: "Finishing", idle: "Speak" }[state];
    if (state !== "listening") meter.value = 0;
  }

  function heard({ kind, text, confidence, duration, model, level, time }) {
    if (kind === "sound") {
      meter.value = Math.min(1, 3 * level);
      seconds.textContent = `${Math.floor(time)} s of ${LONGEST} min at most`;
    } else if (kind === "start") {
      facts = { model, spoken: 0, sure: 0 };
    } else if (kind === "partial") {
      partial.textContent = text;
    } else if (kind === "final") {
      partial.textContent = "";
      if (text) add(text, confidence, duration);
    }
  }

  function write(text) {
    const phrase = document.createElement("p");
    phrase.dir = "auto";
    phrase.textContent = text;
    finals.append(phrase);
    return phrase;
  }

  function add(text, confidence, duration) {
    write(text);
    facts.spoken += duration;
    facts.sure += duration * confidence;
  }

  function over(problem) {
    turn = null;
    if (partial.textContent) write(partial.textContent).className = "soft"; // no final came to take its place
    partial.textContent = "";
    said.hidden = !finals.childElementCount;
    if (problem || said.hidden) complain(problem || "Nothing was heard.");
    if (facts.spoken) {
      const sure = Math.round((100 * facts.sure) / facts.spoken);
      about.textContent = `Confidence ${sure} % · ${facts.spoken.toFixed(1)} s of speech · model ${facts.model}`;
    }
    show("idle");
  }
}

function address(form) {
  const locale = form.elements.locale?.value;
  return form.dataset.live + (locale ? `?locale=${encodeURIComponent(locale)}` : "");
}

// One turn: from the microphone to the last word of what was said.
function listen(url, { show, heard, over }) {
  let microphone = null;
  let socket = null;
  let isFinishing = false;
  let isOver = false;
  let isLong = false;
  let samples = 0;
  const waiting = []; // sound from before the connection stands

  const end = (problem = "") => {
    if (isOver) return;
    isOver = true;
    microphone?.stop();
    socket?.close();
    over(problem);
  };
  const send = (sound) => (socket?.readyState === WebSocket.OPEN ? socket.send(sound) : waiting.push(sound));
  const unsent = () => waiting.reduce((sum, sound) => sum + sound.byteLength, socket?.bufferedAmount ?? 0);
  const take = ({ sound, level }) => {
    if (isOver) return;
    samples += sound.length;
    send(sound);
    if (unsent() > MOST_WAITING) return end(SLOW);
    if (isFinishing) return;
    const time = microphone ? samples / microphone.rate : 0;
    heard({ kind: "sound", level, time });
    isLong = time >= 60 * LONGEST;
    if (isLong) finish();
  };
  const finish = async () => {
    if (!microphone) return end();
    if (isFinishing) return;
    isFinishing = true;
    show("finishing");
    await microphone.stop();
    if (isOver) return;
    send(new Uint8Array());
    setTimeout(() => end(LOST), AWAITED);
  };

  const connect = () => {
    url.protocol = url.protocol.replace("http", "ws");
    url.searchParams.set("rate", microphone.rate);
    socket = new WebSocket(url);
    socket.addEventListener("open", () => waiting.splice(0).forEach(send));
    socket.addEventListener("message", ({ data }) => {
      const answer = JSON.parse(data);
      heard(answer);
      if (answer.kind === "end") end(isLong ? LONG : "");
    });
    socket.addEventListener("close", ({ reason }) => end(reason || LOST));
  };

  open(take)
    .then((opened) => {
      microphone = opened;
      if (isOver) microphone.stop();
      else connect();
    })
    .catch((error) => end(refusal(error)));
  return { finish };
}

function refusal(error) {
  if (error.name === "NotAllowedError") return "The browser does not allow the microphone here. Allow it beside the address, then try again.";
  if (error.name === "NotFoundError") return "There is no microphone. Connect one, then try again.";
  return `The microphone cannot be used: ${error.message}`;
}
