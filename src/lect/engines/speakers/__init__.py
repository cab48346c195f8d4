"""Who speaks: voices as vectors, from a network that heard 200,000 speakers (CAM++), on ONNX Runtime.

`encoder.SpeakerEncoder` is the entry point. May import what engines may: speech, telemetry, settings, core.
"""
