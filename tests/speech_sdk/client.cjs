// Microsoft's Speech SDK for JavaScript does one scenario: a JSON document in (standard input), what its user saw out.
"use strict";
const fs = require("fs");
const sdk = require("microsoft-cognitiveservices-speech-sdk");

const PIECE = 0.1; // seconds of sound
const HEADER = 44; // bytes before it

function config(asked) {
  const url = new URL(asked.url + (asked.path || ""));
  const where = asked.where === "endpoint" ? "fromEndpoint" : "fromHost";
  const made = sdk.SpeechConfig[where](url, asked.key || undefined);
  if (asked.token) made.authorizationToken = asked.token;
  if (asked.language) made.speechRecognitionLanguage = asked.language;
  if (asked.endpoint) made.endpointId = asked.endpoint;
  if (asked.detailed) {
    made.outputFormat = sdk.OutputFormat.Detailed;
    made.requestWordLevelTimestamps();
  }
  if (asked.dictation) made.enableDictation();
  return made;
}

function audio(asked) {
  const file = fs.readFileSync(asked.wav);
  if (!asked.live) return sdk.AudioConfig.fromWavFileInput(file);
  const stream = sdk.AudioInputStream.createPushStream();
  const size = 32000 * PIECE;
  let at = HEADER;
  const timer = setInterval(() => {
    stream.write(file.buffer.slice(file.byteOffset + at, file.byteOffset + Math.min(at + size, file.length)));
    at += size;
    if (at >= file.length) {
      clearInterval(timer);
      stream.close();
    }
  }, 1000 * PIECE);
  return sdk.AudioConfig.fromStreamInput(stream);
}

function main() {
  const asked = JSON.parse(fs.readFileSync(0, "utf-8"));
  const recogniser = new sdk.SpeechRecognizer(config(asked), audio(asked));
  if (asked.renew) {
    setTimeout(() => (recogniser.authorizationToken = asked.renew.token), 1000 * asked.renew.after).unref();
  }
  if (asked.phrases) sdk.PhraseListGrammar.fromRecognizer(recogniser).addPhrases(asked.phrases);
  const events = [];
  const add = (kind, facts) => events.push({ kind, ...facts });
  const began = Date.now();
  const finish = () => {
    console.log(JSON.stringify({ events, seconds: (Date.now() - began) / 1000 }));
    process.exit(0);
  };
  recogniser.recognizing = (_, e) => add("recognizing", { text: e.result.text, offset: e.result.offset });
  recogniser.recognized = (_, e) =>
    add("recognized", {
      reason: sdk.ResultReason[e.result.reason],
      text: e.result.text,
      offset: e.result.offset,
      duration: e.result.duration,
      json: JSON.parse(e.result.json || "{}"),
    });
  recogniser.canceled = (_, e) =>
    add("canceled", {
      reason: sdk.CancellationReason[e.reason],
      code: sdk.CancellationErrorCode[e.errorCode],
      text: e.errorDetails,
    });
  recogniser.speechStartDetected = (_, e) => add("speech start", { offset: e.offset });
  recogniser.speechEndDetected = (_, e) => add("speech end", { offset: e.offset });

  process.on("beforeExit", finish); // a connection that was refused or lost may call nobody back
  if (asked.once) {
    let left = asked.times || 1;
    const next = () => (left-- > 0 ? recogniser.recognizeOnceAsync(next, finish) : finish());
    next();
    return;
  }
  let stopping = 0;
  const stop = () => {
    if (stopping) return;
    stopping = Date.now();
    recogniser.stopContinuousRecognitionAsync(() => {
      add("stopped", { seconds: (Date.now() - stopping) / 1000 });
      finish();
    });
  };
  recogniser.sessionStopped = stop;
  const started = () => asked.stop_after && setTimeout(stop, 1000 * asked.stop_after);
  recogniser.startContinuousRecognitionAsync(started, () => {}); // `canceled` is told, too
}

main();
