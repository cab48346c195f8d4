"""Recognition for users: loaded models and what they hear.

Entry points: `pool.Pool` (models by name, bases shared), `transcriptions.transcribe` (files to transcripts),
`formats` (transcripts as text, JSON lines, subtitles), `live` (sessions that hear while somebody speaks).
May import: models, datasets, engines, adaptation, speech, core.
"""
