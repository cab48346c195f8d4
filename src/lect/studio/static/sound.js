// What stands under a recording once it plays: how fast, over and over, and on demand its spectrum and levels. Nothing leaves the browser.

import { colour } from "./waveform.js";

const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2];
const LONGEST = 600; // seconds of a recording whose spectrum is drawn
const SIZE = 512; // samples that a column of the spectrum is made of
const ROWS = 128; // of the spectrum
const COLUMNS = 736; // the most
const HIGHEST = 8000; // Hz that are drawn: recognisers hear no more
const QUIET = -95; // decibels that stay blank
const LOUD = -25; // and that are drawn in full
const FULL = 0.999; // of what a sample can hold
const FRAME = 0.025; // seconds whose loudness is one measure

let speed = 1; // kept from one recording to the next

export function addTools(audio) {
  audio.dataset.tools = "yes";
  const tools = document.createElement("div");
  tools.className = "line sound";
  tools.append(speeds(audio), looping(audio), looking(audio, tools));
  (audio.parentElement.querySelector(".wave") ?? audio).after(tools);
}

function speeds(audio) {
  const label = document.createElement("label");
  label.className = "inline";
  const select = document.createElement("select");
  select.append(...SPEEDS.map((each) => new Option(`${each} ×`, each, false, each === speed)));
  select.addEventListener("change", () => (audio.playbackRate = speed = Number(select.value)));
  audio.addEventListener("play", () => (select.value = audio.playbackRate = speed));
  audio.playbackRate = speed;
  label.append("Speed ", select);
  return label;
}

function looping(audio) {
  const button = plain("Over and over");
  button.ariaPressed = "false";
  button.addEventListener("click", () => (button.ariaPressed = String((audio.loop = !audio.loop))));
  return button;
}

function looking(audio, tools) {
  const button = plain("Spectrum and level");
  let shown = null;
  button.ariaExpanded = "false";
  button.addEventListener("click", async () => {
    if (!shown) {
      shown = document.createElement("figure");
      shown.className = "spectrum";
      shown.hidden = true;
      shown.ariaLive = "polite";
      tools.after(shown);
      shown.append(...(await look(audio, shown)));
    }
    shown.hidden = !shown.hidden;
    button.ariaExpanded = String(!shown.hidden);
  });
  return button;
}

function plain(text) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "plain";
  button.textContent = text;
  return button;
}

async function look(audio, place) {
  const told = document.createElement("figcaption");
  told.className = "soft";
  if (!(audio.duration <= LONGEST)) {
    told.textContent = `Recordings above ${LONGEST / 60} minutes are not drawn.`;
    return [told];
  }
  try {
    const bytes = await (await fetch(audio.currentSrc)).arrayBuffer();
    const rate = rateOf(new DataView(bytes));
    const sound = await new OfflineAudioContext(1, 1, rate).decodeAudioData(bytes);
    const channels = Array.from({ length: sound.numberOfChannels }, (_, number) => sound.getChannelData(number));
    told.textContent = levels(channels, rate);
    return [spectrum(channels, rate, colour(place.parentElement, "--accent")), told];
  } catch {
    told.textContent = "The browser cannot read this recording.";
    return [told];
  }
}

// As the file has them, so that nothing is resampled: of WAV and FLAC it is told here; how long others are clipped is told roughly.
function rateOf(bytes) {
  const kind = bytes.byteLength > 44 ? bytes.getUint32(0) : 0;
  const rate = kind === 0x52494646 ? bytes.getUint32(24, true) : kind === 0x664c6143 ? bytes.getUint32(18) >>> 12 : 48000;
  return rate >= 8000 && rate <= 96000 ? rate : 48000;
}

// Peak and clipping are those of the worst channel, all else is the mean of all.
function levels(channels, rate) {
  const size = Math.round(FRAME * rate);
  const frames = [];
  const { length } = channels[0];
  const heights = channels.map(height);
  const peak = Math.max(...heights.map((each) => each.peak));
  const clipped = Math.max(...heights.map((each) => each.clipped));
  for (let at = 0; at + size <= length; at += size) frames.push(mean(channels, (each) => power(each.subarray(at, at + size))));
  frames.sort((a, b) => a - b);
  const noise = frames[Math.floor(frames.length / 10)] ?? 0;
  return [
    `${(length / rate).toFixed(1)} s`,
    `level ${decibels(mean(channels, power))}`,
    `peak ${decibels(peak * peak)}`,
    `quietest tenth ${decibels(noise)}`,
    clipped ? `clipped for ${((1000 * clipped) / rate).toFixed(1)} ms` : "nothing clipped",
  ].join(" · ");
}

function height(samples) {
  let peak = 0;
  let run = 0;
  let clipped = 0;
  for (const sample of samples) {
    const height = Math.abs(sample);
    peak = Math.max(peak, height);
    run = height >= FULL ? run + 1 : 0;
    clipped += run === 3 ? 3 : run > 3 ? 1 : 0; // fewer in a row are a peak
  }
  return { peak, clipped };
}

function mean(channels, measure) {
  return channels.reduce((sum, each) => sum + measure(each), 0) / channels.length;
}

function power(samples) {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return samples.length ? sum / samples.length : 0;
}

function decibels(power) {
  return power > 1e-12 ? `${(10 * Math.log10(power)).toFixed(1).replace("-", "−")} dB` : "silent";
}

function spectrum(channels, rate, ink) {
  const { length } = channels[0];
  const columns = Math.max(1, Math.min(COLUMNS, Math.floor(length / (SIZE / 4))));
  const canvas = Object.assign(document.createElement("canvas"), { width: columns, height: ROWS, role: "img" });
  const highest = Math.min(HIGHEST, rate / 2);
  canvas.ariaLabel = `Spectrum from 0 to ${highest / 1000} kHz`;
  const context = canvas.getContext("2d");
  context.fillStyle = ink;
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  const image = context.createImageData(columns, ROWS);
  const bins = (highest / rate) * SIZE;
  for (let column = 0; column < columns; column++) {
    const heard = channels.map((each) => transform(each, Math.floor((column / columns) * length)));
    for (let row = 0; row < ROWS; row++) {
      const bin = Math.floor(((ROWS - 1 - row) / ROWS) * bins);
      const loudness = (10 * Math.log10(mean(heard, (powers) => powers[bin]) + 1e-12) - QUIET) / (LOUD - QUIET);
      image.data.set([red, green, blue, 255 * Math.min(Math.max(loudness, 0), 1)], 4 * (row * columns + column));
    }
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

// The power of each frequency in SIZE samples around a place, by the fast Fourier transform, under a Hann window.
function transform(samples, middle) {
  const real = new Float64Array(SIZE);
  const imaginary = new Float64Array(SIZE);
  for (let n = 0, reversed = 0; n < SIZE; n++) {
    const at = middle - SIZE / 2 + n;
    real[reversed] = (samples[at] ?? 0) * (0.5 - 0.5 * Math.cos((2 * Math.PI * n) / SIZE));
    let bit = SIZE >> 1;
    for (; reversed & bit; bit >>= 1) reversed ^= bit;
    reversed |= bit;
  }
  for (let length = 2; length <= SIZE; length *= 2) {
    for (let k = 0; k < length / 2; k++) {
      const c = Math.cos((2 * Math.PI * k) / length);
      const s = -Math.sin((2 * Math.PI * k) / length);
      for (let a = k; a < SIZE; a += length) {
        const b = a + length / 2;
        const re = real[b] * c - imaginary[b] * s;
        const im = real[b] * s + imaginary[b] * c;
        [real[b], imaginary[b]] = [real[a] - re, imaginary[a] - im];
        [real[a], imaginary[a]] = [real[a] + re, imaginary[a] + im];
      }
    }
  }
  const full = (SIZE / 4) ** 2; // of a tone that is as loud as can be
  return real.map((value, bin) => (value * value + imaginary[bin] * imaginary[bin]) / full);
}
