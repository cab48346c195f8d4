"""Display rules: how a domain writes what is recognised, by patterns, rewriting and phrases to mask.

- `DisplayRules`: the rules as data; `Formatter`: the rules of one locale, ready to be applied.
- `patterns`: what `#itn` lines mean; `automaton` finds them in what `readings` makes of a text.
- `rewriting`: what `#rewrite` lines mean. `changes`: what became of a text.

Imports its neighbours in `lect.speech.text`.
"""
