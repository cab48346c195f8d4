"""An agent's ears: LiveKit's plug-in for Azure hears a file, a JSON document in (standard input), its events out."""

import asyncio
import json
import sys
import time
import wave

from livekit import rtc
from livekit.plugins import azure

PIECE = 0.1  # seconds of sound


async def speak(stream, wav):
    with wave.open(wav) as file:
        rate = file.getframerate()
        while piece := file.readframes(int(rate * PIECE)):
            stream.push_frame(rtc.AudioFrame(piece, rate, 1, len(piece) // 2))
            await asyncio.sleep(PIECE)
    stream.end_input()


async def listen(stream):
    async for event in stream:
        said = event.alternatives[0] if event.alternatives else None
        facts = {"text": said.text, "language": said.language, "offset": said.start_time} if said else {}
        yield {"kind": event.type.value, **facts}


async def main():
    asked = json.load(sys.stdin)
    wav = asked.pop("wav")
    began = time.monotonic()
    async with azure.STT(**asked).stream() as stream:
        speaking = asyncio.create_task(speak(stream, wav))
        events = [event async for event in listen(stream)]
        await speaking
    print(json.dumps({"events": events, "seconds": time.monotonic() - began}), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
