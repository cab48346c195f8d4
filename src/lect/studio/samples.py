"""Programs that ask an endpoint, to be copied as they are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lect.core.entities import Endpoint
from lect.serving.live.address import CONVERSATION

_FILE = "speech.wav"


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A program."""

    id: str
    name: str  # of the language or library
    needs: str  # the command that installs what it needs; empty: nothing
    code: str


def of(base: str, endpoint: Endpoint, *, wants_key: bool) -> Sequence[Sample]:
    """Programs for each language.

    Args:
        base: address of the server
        wants_key: keys exist; one of them goes where the code says so
    """
    socket = re.sub("^http", "ws", base)
    key = "YOUR KEY" if wants_key else "none"
    curl_key = f"  -H 'Ocp-Apim-Subscription-Key: {key}' \\\n" if wants_key else ""
    return (
        Sample(
            id="python",
            name="Python",
            needs="pip install azure-cognitiveservices-speech",
            code=f"""\
import azure.cognitiveservices.speech as speech

config = speech.SpeechConfig(host="{socket}", subscription="{key}")
config.endpoint_id = "{endpoint.id}"
audio = speech.audio.AudioConfig(filename="{_FILE}")
result = speech.SpeechRecognizer(config, audio).recognize_once()
print(result.text)
""",
        ),
        Sample(
            id="javascript",
            name="JavaScript",
            needs="npm install microsoft-cognitiveservices-speech-sdk",
            code=f"""\
const fs = require("fs");
const sdk = require("microsoft-cognitiveservices-speech-sdk");

const config = sdk.SpeechConfig.fromHost(new URL("{socket}"), "{key}");
config.endpointId = "{endpoint.id}";
const audio = sdk.AudioConfig.fromWavFileInput(fs.readFileSync("{_FILE}"));
const recogniser = new sdk.SpeechRecognizer(config, audio);
recogniser.recognizeOnceAsync((result) => {{
  console.log(result.text || result.errorDetails);
  recogniser.close();
}});
""",
        ),
        Sample(
            id="csharp",
            name="C#",
            needs="dotnet add package Microsoft.CognitiveServices.Speech",
            code=f"""\
using Microsoft.CognitiveServices.Speech;
using Microsoft.CognitiveServices.Speech.Audio;

var config = SpeechConfig.FromHost(new Uri("{socket}"), "{key}");
config.EndpointId = "{endpoint.id}";
using var audio = AudioConfig.FromWavFileInput("{_FILE}");
using var recogniser = new SpeechRecognizer(config, audio);
var result = await recogniser.RecognizeOnceAsync();
Console.WriteLine(result.Text);
""",
        ),
        Sample(
            id="curl",
            name="curl",
            needs="",
            code=f"""\
curl '{base}{CONVERSATION}?cid={endpoint.id}' \\
{curl_key}  -H 'Content-Type: audio/wav' \\
  --data-binary @{_FILE}
""",
        ),
        Sample(
            id="openai",
            name="OpenAI client",
            needs="pip install openai",
            code=f"""\
from openai import OpenAI

client = OpenAI(base_url="{base}/v1", api_key="{key}")
with open("{_FILE}", "rb") as file:
    print(client.audio.transcriptions.create(model="{endpoint.id}", file=file).text)
""",
        ),
    )
