"""Whisper on ONNX Runtime, with the whole search on our side.

Data flows: `weights` (model.bin or safetensors -> numpy) -> `graph`, `quantise` (numpy -> ONNX, no torch) -> `build` (int8
files, cached by content) -> `features` (audio -> log-mel) -> `sessions` (encode, decoder steps, cache entries) -> `search`
(beam search with `repeats` and a text scorer) -> `timing` (word times) -> `recogniser` (windows, retry, silence, languages).
May import: engines.contract, speech, core.
"""
