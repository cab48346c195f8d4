"""Microsoft's Speech SDK for Python does one scenario: a JSON document in (standard input), what its user saw out."""

import json
import os
import sys
import threading
import time
import wave

from azure.cognitiveservices import speech

PATIENCE = 200  # seconds that a busy machine may take
PIECE = 0.1  # seconds of sound


def config(asked):
    credentials = {"subscription": asked["key"]} if asked.get("key") else {}
    made = speech.SpeechConfig(**{asked.get("where", "host"): asked["url"]}, **credentials)
    if asked.get("token"):
        made.authorization_token = asked["token"]
    if asked.get("language"):
        made.speech_recognition_language = asked["language"]
    if asked.get("endpoint"):
        made.endpoint_id = asked["endpoint"]
    if asked.get("detailed"):
        made.output_format = speech.OutputFormat.Detailed
        made.request_word_level_timestamps()
    if asked.get("dictation"):
        made.enable_dictation()
    if not asked.get("live"):
        made.set_property_by_name("SPEECH-AudioThrottleAsPercentageOfRealTime", "10000")
        made.set_property_by_name("SPEECH-TransmitLengthBeforeThrottleMs", "600000")
    return made


def audio(asked):
    if not asked.get("live"):
        return speech.audio.AudioConfig(filename=asked["wav"])
    stream = speech.audio.PushAudioInputStream()

    def speak():
        with wave.open(asked["wav"]) as file:
            while piece := file.readframes(int(file.getframerate() * PIECE)):
                stream.write(piece)
                time.sleep(PIECE)
        stream.close()

    threading.Thread(target=speak, daemon=True).start()
    return speech.audio.AudioConfig(stream=stream)


class Seen:
    """What the events of a recogniser told."""

    def __init__(self, recogniser):
        self.events, self.stopped = [], threading.Event()
        recogniser.recognizing.connect(
            lambda e: self.add("recognizing", text=e.result.text, offset=e.result.offset)
        )
        recogniser.recognized.connect(lambda e: self.result(e.result))
        recogniser.canceled.connect(self.cancel)
        recogniser.speech_start_detected.connect(lambda e: self.add("speech start", offset=e.offset))
        recogniser.speech_end_detected.connect(lambda e: self.add("speech end", offset=e.offset))
        recogniser.session_stopped.connect(lambda _: self.stopped.set())

    def add(self, kind, **facts):
        self.events.append({"kind": kind, **facts})

    def result(self, result):
        self.add(
            "recognized",
            reason=result.reason.name,
            text=result.text,
            offset=result.offset,
            duration=result.duration,
            json=json.loads(result.json or "{}"),
        )

    def cancel(self, event):
        details = event.cancellation_details
        self.add("canceled", reason=details.reason.name, code=details.code.name, text=details.error_details)


def once(recogniser, seen, asked):
    for _ in range(asked.get("times", 1)):
        recogniser.recognize_once()


def continuous(recogniser, seen, asked):
    recogniser.start_continuous_recognition()
    seen.stopped.wait(asked.get("stop_after", PATIENCE))
    began = time.monotonic()
    recogniser.stop_continuous_recognition()
    seen.stopped.wait(PATIENCE)
    seen.add("stopped", seconds=time.monotonic() - began)


def main():
    asked = json.load(sys.stdin)
    recogniser = speech.SpeechRecognizer(config(asked), audio(asked))
    if asked.get("phrases"):
        grammar = speech.PhraseListGrammar.from_recognizer(recogniser)
        for phrase in asked["phrases"]:
            grammar.addPhrase(phrase)
    seen = Seen(recogniser)
    if renewed := asked.get("renew"):
        timer = threading.Timer(
            renewed["after"], setattr, [recogniser, "authorization_token", renewed["token"]]
        )
        timer.daemon = True
        timer.start()
    began = time.monotonic()
    (once if asked.get("once") else continuous)(recogniser, seen, asked)
    print(json.dumps({"events": seen.events, "seconds": time.monotonic() - began}), flush=True)
    os._exit(0)  # the library may abort at the end of the interpreter


if __name__ == "__main__":
    main()
