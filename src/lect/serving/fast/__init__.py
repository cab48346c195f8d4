"""Files that somebody waits for: heard at once, without a job, and told phrase by phrase.

- `asking.FileRequest`: what is asked of a file; doors make it, and the recogniser reads it.
- `finding`: which models answer, by name or by language.
- `hearing.FileHearing`: a file through the engine that live streams use, so that they go first.
- `failures`: why a file cannot be heard, whatever went wrong.
- `spoken.Spoken`: a phrase of the answer, and lines that carry it from one process to another.

`asking`, `failures`, `finding` and `spoken` load nothing heavy, so that doors can use them.
"""
