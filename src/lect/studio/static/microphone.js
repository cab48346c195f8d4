// What the microphone hears, as 16-bit samples of one channel.

const RATE = 16000; // samples a second, which the recogniser hears
const PATIENCE = 500; // milliseconds that the rest of the last block may take

// `take({ sound, level })` gets each block, the last before what `stop` gives is settled, which may be called again. Errors are the
// browser's: no microphone, or none for this page.
export async function open(take) {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1 } });
  try {
    const { context, source } = connect(stream);
    await context.audioWorklet.addModule(new URL("./recorder.js", import.meta.url));
    const node = new AudioWorkletNode(context, "recorder", { numberOfOutputs: 0 });
    node.port.onmessage = ({ data }) => take(data);
    source.connect(node);
    let stopping = null;
    const stop = () => (stopping ??= takeRest(node, take).then(() => (release(stream), context.close())));
    return { rate: context.sampleRate, stop };
  } catch (error) {
    release(stream);
    throw error;
  }
}

// Lets the recorder hand over what it holds: the end of the last word.
function takeRest({ port }, take) {
  return new Promise((resolve) => {
    setTimeout(resolve, PATIENCE);
    port.onmessage = ({ data }) => (data ? take(data) : resolve());
    port.postMessage("finish");
  }).finally(() => (port.onmessage = null));
}

// Some browsers do not convert what a microphone hears: then the server does.
function connect(stream) {
  for (const options of [{ sampleRate: RATE }, {}]) {
    const context = new AudioContext(options);
    try {
      return { context, source: context.createMediaStreamSource(stream) };
    } catch (error) {
      context.close();
      if (!options.sampleRate) throw error;
    }
  }
}

function release(stream) {
  stream.getTracks().forEach((track) => track.stop());
}
