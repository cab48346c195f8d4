// Runs beside the page and hands over what the microphone hears, a tenth of a second at a time: 16-bit samples, and how loud they are.

class Recorder extends AudioWorkletProcessor {
  constructor() {
    super();
    this.port.onmessage = () => this.finish();
    this.begin();
  }

  begin() {
    this.block = new Int16Array(Math.round(sampleRate / 10));
    this.filled = 0;
    this.power = 0;
  }

  process([[channel]]) {
    if (!channel) return true;
    for (const sample of channel) {
      this.power += sample * sample;
      this.block[this.filled++] = Math.round(32767 * Math.max(-1, Math.min(1, sample)));
      if (this.filled === this.block.length) this.handOver();
    }
    return true;
  }

  handOver() {
    const level = Math.sqrt(this.power / this.filled);
    const sound = this.block.slice(0, this.filled);
    this.port.postMessage({ sound, level }, [sound.buffer]);
    this.begin();
  }

  // Whatever the page says, it asks for what is left: the rest of the last block, and null after it.
  finish() {
    if (this.filled) this.handOver();
    this.port.postMessage(null);
  }
}

registerProcessor("recorder", Recorder);
