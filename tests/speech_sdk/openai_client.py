"""OpenAI's client: requests about one file in, a JSON document (standard input), what its user gets out, one event a request."""

import json
import sys
import time
from pathlib import Path

import openai


def answered(client, asked):
    if "retrieve" in asked:
        return client.models.retrieve(asked["retrieve"]).to_dict()
    if asked.get("list"):
        return {"models": [model.id for model in client.models.list()]}
    with Path(asked.pop("file")).open("rb") as file:
        if asked.pop("translate", False):
            return client.audio.translations.create(file=file, **asked).to_dict()
        if asked.get("stream"):
            return {
                "stream": [
                    event.to_dict() for event in client.audio.transcriptions.create(file=file, **asked)
                ]
            }
        raw = client.audio.transcriptions.with_raw_response.create(file=file, **asked)
    said = raw.parse()
    answer = {"text": said, "type": "str"} if isinstance(said, str) else said.to_dict()
    return {**answer, "type": type(said).__name__, "model": raw.headers["X-Lect-Model"]}


def tried(client, asked):
    try:
        return {"kind": "answer", **answered(client, asked)}
    except openai.APIStatusError as error:
        facts = {"status": error.status_code, "code": error.code, "param": error.param, "said": str(error)}
        return {"kind": "error", "error": type(error).__name__, **facts}


def main():
    given = json.load(sys.stdin)
    client = openai.OpenAI(base_url=given["url"], api_key=given["key"], max_retries=0)
    began = time.monotonic()
    events = [tried(client, asked) for asked in given["asked"]]
    print(json.dumps({"events": events, "seconds": time.monotonic() - began}), flush=True)


main()
