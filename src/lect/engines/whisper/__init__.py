"""Whisper on ONNX Runtime, with the whole search on our side.

Data flows: `checkpoints` (which files) -> `weights` (model.bin or safetensors -> numpy) -> `graph`, `writer`, `quantise`
(numpy -> ONNX, no torch) -> `build` (int8 files, cached by content) -> `features` (audio -> log-mel) -> `sessions` (one call
of encoder or decoder) -> `lanes` (several utterances in one call, cache entries) -> `search` (beam search with a text scorer
and a guard against repeats) -> `decoding` (many utterances through both) -> `timing` (word times) -> `recogniser` (windows,
retry, silence, languages). `tokens` spells; `inner` asks the decoder what it expects to hear.
May import: engines.contract, speech, telemetry, settings, core.
"""
