"""Text adaptation: what a user's own text says about the words to expect.

Entry points:
    `ngram.train`             lines of text -> `TrainedLM` (modified Kneser-Ney, numpy only)
    `lm.NGram`                a trained model, memory-mapped from `lm.bin`, queried word by word
    `general.train`           the general language model of a base, made from the base's own text
    `pieces.PieceTable`       an engine's tokens as letters and word ends, built once per tokenizer
    `structured.tag_lists`    structured text -> sentences with tags, and lists of items
    `classes.ClassModel`      lists of items in a frame (`frames`): structured text, or phrases anywhere (`phrases`)
    `mixture.BoundedMixture`  domain against general (`ratios`), inside the beam search; how strongly, say `options`

Words here are lower case, without punctuation, and a hyphen is a blank; `text` holds those rules for training text and
for tokens alike. May import `lect.speech`, `lect.settings` and `lect.core`, and of other libraries numpy alone. Engines
score with this package and are not known to it.
"""
