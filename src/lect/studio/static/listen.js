// The microphone, or a file, to the recogniser, and what it heard onto the page.

const RATE = 16000; // samples a second
const LONGEST = 58; // seconds: the door takes a minute

export function addListening(form) {
  const heard = form.querySelector(".heard");
  const input = form.querySelector("input[type=file]");

  const send = async (file) => {
    heard.textContent = "Listening to it.";
    const data = new FormData(form);
    data.set("data", file);
    const headers = { "HX-Request": "true", "X-Form-Token": document.body.dataset.token };
    try {
      const answer = await fetch(form.action, { method: "POST", body: data, headers });
      heard.innerHTML = await answer.text();
    } catch {
      heard.textContent = "The connection broke. Try again.";
    }
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (input.files.length) send(input.files[0]);
  });
  input.addEventListener("change", () => input.files.length && send(input.files[0]));
  if (navigator.mediaDevices && window.AudioWorkletNode) addMicrophone(form.querySelector(".microphone"), send, heard);
}

function addMicrophone(place, send, heard) {
  const button = place.querySelector("button");
  const words = button.querySelector("span");
  const meter = place.querySelector("meter");
  const seconds = place.querySelector(".seconds");
  let stop = null;
  place.hidden = false;

  button.addEventListener("click", async () => {
    if (stop) return stop();
    try {
      stop = await record();
    } catch (error) {
      heard.textContent = error.name === "NotAllowedError" ? "The browser does not allow the microphone here." : `There is no microphone: ${error.message}`;
    }
  });

  async function record() {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1 } });
    const context = new AudioContext({ sampleRate: RATE });
    await context.audioWorklet.addModule(new URL("./recorder.js", import.meta.url));
    const node = new AudioWorkletNode(context, "recorder", { numberOfOutputs: 0 });
    const blocks = [];
    let count = 0;
    node.port.onmessage = ({ data }) => {
      blocks.push(data);
      count += data.length;
      meter.value = Math.min(1, 3 * Math.sqrt(data.reduce((sum, x) => sum + x * x, 0) / data.length));
      seconds.textContent = `${Math.floor(count / RATE)} s`;
      if (count > LONGEST * RATE && stop) stop();
    };
    context.createMediaStreamSource(stream).connect(node);
    button.classList.add("on");
    words.textContent = "Stop";
    heard.textContent = "";
    return async () => {
      stop = null;
      stream.getTracks().forEach((track) => track.stop());
      await context.close();
      button.classList.remove("on");
      words.textContent = "Speak";
      meter.value = 0;
      await send(new File([wav(blocks, count)], "speech.wav", { type: "audio/wav" }));
    };
  }
}

// 16-bit PCM with the header of a WAV file.
function wav(blocks, count) {
  const view = new DataView(new ArrayBuffer(44 + 2 * count));
  const write = (at, text) => [...text].forEach((char, i) => view.setUint8(at + i, char.charCodeAt(0)));
  write(0, "RIFF");
  view.setUint32(4, 36 + 2 * count, true);
  write(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, RATE, true);
  view.setUint32(28, 2 * RATE, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  write(36, "data");
  view.setUint32(40, 2 * count, true);
  let at = 44;
  for (const block of blocks) {
    for (const sample of block) {
      view.setInt16(at, Math.round(32767 * Math.max(-1, Math.min(1, sample))), true);
      at += 2;
    }
  }
  return view;
}
