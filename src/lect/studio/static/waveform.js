// The waveform of a recording with its segments on it, drawn from the outline that the server made: no sound is decoded here.

const LOUDEST = 255; // of a part of the outline
const FITS = 60; // seconds of a recording that are shown as a whole
const SCALE = 40; // pixels a second of longer ones

export async function drawWaveform(place, audio, address, duration) {
  const [{ default: WaveSurfer }, answer] = await Promise.all([import("./vendor/wavesurfer.js"), fetch(`${address}/outline`)]);
  const outline = new Uint8Array(await answer.arrayBuffer());
  place.hidden = false;
  const wave = WaveSurfer.create({
    container: place,
    media: audio,
    peaks: [Float32Array.from(outline, (part) => part / LOUDEST)],
    duration,
    height: 88,
    barWidth: 2,
    barGap: 1,
    barRadius: 2,
    minPxPerSec: duration > FITS ? SCALE : 0,
    waveColor: colour(place, "--edge"),
    progressColor: colour(place, "--accent"),
    cspNonce: document.querySelector("meta[name=csp-nonce]").nonce,
  });
  await new Promise((ready) => wave.once("ready", ready));
  const layer = document.createElement("div");
  Object.assign(layer.style, { position: "absolute", inset: "0", pointerEvents: "none", zIndex: "3" });
  wave.getWrapper().append(layer);
  return {
    scale: duration > FITS ? SCALE : 0,
    zoom: (pixels) => wave.zoom(pixels),
    show: (segments) => layer.replaceChildren(...segments.map((each) => block(each, duration))),
    mark: (at) => [...layer.children].forEach((each, place) => shade(each, place === at)),
    recolour: () => wave.setOptions({ waveColor: colour(place, "--edge"), progressColor: colour(place, "--accent") }),
  };
}

function block(segment, duration) {
  const made = document.createElement("div");
  Object.assign(made.style, {
    position: "absolute",
    top: "0",
    bottom: "0",
    left: `${(100 * segment.offset) / duration}%`,
    width: `${(100 * segment.duration) / duration}%`,
    borderInline: "1px solid var(--edge)",
  });
  return shade(made, false);
}

function shade(made, isCurrent) {
  made.style.background = `color-mix(in srgb, var(--accent) ${isCurrent ? 22 : 6}%, transparent)`;
  return made;
}

// A canvas knows no light-dark(), so the colour is asked of an element that has it.
export function colour(place, name) {
  place.style.color = `var(${name})`;
  const found = getComputedStyle(place).color;
  place.style.color = "";
  return found;
}
