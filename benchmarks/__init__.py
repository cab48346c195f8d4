"""What Lect achieves, measured next to faster-whisper on the same weights (see docs/explanation/results.md).

    python -m benchmarks.report --data DIR                    all of it, and the page (about 2 hours)
    python -m benchmarks.wer.recognition --data DIR           unadapted, on every set
    python -m benchmarks.wer.adaptation --data DIR            with text, in its domain and outside
    python -m benchmarks.wer.new_sentences --data DIR         with text, on sentences that it does not hold
    python -m benchmarks.wer.entities --data DIR              with lists of names, inside the sentences that refer to them
    python -m benchmarks.wer.phrases --data DIR               with phrase lists at run time, of 10 to 20,000
    python -m benchmarks.wer.spoken_forms --data DIR          with terms that are said otherwise than written
    python -m benchmarks.speed.recognition --data DIR         CPU seconds and memory
    python -m benchmarks.speed.ngram_training                 what training costs
    python -m benchmarks.speed.structured_training            with 20 lists of 35,000 items
    python -m benchmarks.memory.many_models                   500 models over one base in one process
    python -m benchmarks.wer.training --data DIR              with recordings (hours)
    python -m benchmarks.wer.precision --data DIR             the same models in 32 bits
    python -m benchmarks.wer.augmentation --data DIR          with recordings in made rooms and with masks
    python -m benchmarks.wer.windows --data DIR               with recordings, heard in windows as long as the audio
    python -m benchmarks.speed.estimate --data DIR            what dry runs foretell of these trainings
    python -m benchmarks.speed.live --data DIR                live streams

DIR holds the evaluation sets that `benchmarks.sets` names. Run them from the root of the repository.
"""
