"""Live recognition: a session as bytes in and events out, without a socket.

Entry points: `recognising.LiveRecognition` (samples to events, with one model), `events` (what comes out),
`session.Session` (the Speech protocol: messages to messages, which drives one recognition for each turn).
May import: its neighbours in serving, engines, speech, core.
"""
