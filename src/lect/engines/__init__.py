"""Recognition engines: audio and a text scorer in, n-best out.

Entry points: `contract` (what an engine gives and takes), `registry.load` (an engine by its model folder),
`guard` (its failures as errors of ours), `whisper` (Whisper-family weights on ONNX Runtime with our own beam search), `toy`
(tones, for tests).
May import: adaptation, speech, telemetry, settings, core. ONNX and ONNX Runtime live in here alone and load when asked for.
"""
