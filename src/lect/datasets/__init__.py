"""Datasets: from an upload to lines and utterances that can be trusted.

Entry points:
    checking.check                     every problem of some data, and a repaired copy
    reading.read_acoustic              recordings with transcripts, as training and evaluation use them
    text.read_text                     lines of text, as training uses them
    structured.read_structured         lists, the sentences that refer to them, and a lexicon
    pronunciation.read_pronunciations  how words are said
    codes.Code                         every kind of problem, with its meaning
    uploads                            datasets as resources of a server

One module for each kind: `acoustic`, `audio`, `text`, `structured`, `pronunciation`, `display`. Files are read through
`archive`, which lets no name and no size do harm; lines through `lines`, in bounded memory; `rules` and `sound` judge
them.

May import: speech, settings, core.
"""
