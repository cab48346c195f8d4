"""The door that clients of OpenAI's audio API find: `/v1/audio/transcriptions` and `/v1/models`.

- `transcriptions`, `models`: the routes.
- `form`: what a client may ask, read and checked.
- `answers`: what was heard, in each of the formats.
- `errors`: every error under `/v1/` in the shape that these clients read.
"""
