"""Running models on a dataset, and saying what the result means.

- `running.evaluate`: transcribes a dataset with several models and scores them.
- `scoring.score_models`: scores texts that are there already; pure.
- `report`, `html`: the result for the terminal and as one self-contained page.
- `sclite`: trn files from which NIST's sclite counts the same.

Imports `lect.serving` and what is below it; `scoring`, `report`, `html` and `sclite` need `lect.speech` alone.
"""
