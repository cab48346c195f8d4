"""Checking data: every problem that it has, and a repaired copy if one is asked for."""

from __future__ import annotations

from collections import deque
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path

from lect.core import locale as locales
from lect.core.errors import Conflict, InvalidDataset, InvalidInput, LectError, LimitExceeded
from lect.core.progress import Progress, silent
from lect.datasets import acoustic, audio, fixing
from lect.datasets.archive import open_archive
from lect.datasets.codes import Code
from lect.datasets.inspection import Decoder, Inspection, inspection
from lect.datasets.kinds import ARCHIVES, settle_kind
from lect.datasets.language import other_locale
from lect.datasets.registry import VALIDATE
from lect.datasets.report import Problem, Report, summarise
from lect.datasets.textfile import open_text
from lect.settings import Limits
from lect.speech.audio.decode import AudioDecoder, DecodeLimits


def check(
    path: Path,
    *,
    kind: str | None = None,
    locale: str = "en-US",
    fix: Path | None = None,
    limits: Limits = Limits(),
    decoder: Decoder | None = None,
    progress: Progress = silent,
) -> Report:
    """Find everything that is wrong with some data.

    Args:
        path: A zip, a folder or a file.
        kind: One of `kinds.KINDS`; guessed if not given.
        locale: Of the text.
        fix: Where to write a repaired copy: NAME.zip, or a text file for the kinds that are one.
        limits: How large the data may be.
        decoder: Decodes audio; by default one is started, and ended afterwards.
        progress: Told how far the check is.

    Raises:
        NotFound: There is no such file or folder.
        InvalidInput: There is no such kind, or it is one file and a zip or folder was given; or the copy would be a
            zip and is not named like one.
        UnsupportedLocale: `locale` is none.
        Conflict: There is something at `fix` already.
        StoreError: The copy cannot be written.
    """
    locale = locales.canonicalise_known(locale)
    for new in () if fix is None else (fix, fixing.listing_of(fix)):
        if new.exists() or new.is_symlink():
            raise Conflict(
                f"{new}: there is something of this name already", hint="Choose a new name for the copy."
            )
    try:
        settled = settle_kind(path, kind, limits)
    except (InvalidDataset, LimitExceeded) as error:
        return _unreadable(error, path, kind or "acoustic", locale, limits)
    if fix is not None and settled in ARCHIVES and fix.suffix.lower() != ".zip":
        raise InvalidInput(
            f"{fix}: the repaired copy of {settled} data is a zip", hint="Choose a name that ends in .zip."
        )
    with _decoding(decoder, settled, limits) as hearing:

        def inspect(data: Path) -> Report:
            told = partial(progress, "Checking")
            walk = inspection(locale=locale, limits=limits, decoder=hearing, progress=told)
            return _inspect(data, settled, walk)

        report = replace(
            inspect(path), other_locale=other_locale(path, settled, locale=locale, limits=limits)
        )
        if fix is None or report.counts.get(_UNREADABLE):
            return report
        fixed = fixing.write_copy(path, fix, settled, locale=locale, limits=limits, decoder=hearing)
        if fixed.path is not None and not (again := inspect(fixed.path)).ok:
            fixed.path.unlink()
            if fixed.listing:
                fixed.listing.unlink()
            raise LectError(
                f"{fix}: the repaired copy has errors itself and was removed: {again.problems[0].message}",
                hint="Correct the data by hand, and please report this: it should not happen.",
            )
    return replace(report, fixed=fixed)


_UNREADABLE = (Code.ZIP_INVALID, Code.ZIP_INVALID.severity)


def _inspect(path: Path, kind: str, walk: Inspection) -> Report:
    try:
        if kind in VALIDATE:
            with open_text(path) as file:
                deque(VALIDATE[kind](file, path, walk), maxlen=0)
        else:
            with open_archive(path, walk.limits) as archive:
                if kind == acoustic.KIND:
                    acoustic.validate(archive, walk)
                else:
                    deque(audio.validate(archive, walk), maxlen=0)
    except (InvalidDataset, LimitExceeded) as error:
        return _unreadable(error, path, kind, walk.locale, walk.limits)
    return summarise(walk.findings, dataset=path.name, kind=kind, locale=walk.locale)


def _unreadable(error: LectError, path: Path, kind: str, locale: str, limits: Limits) -> Report:
    """The report of data that could not even be opened."""
    walk = inspection(locale=locale, limits=limits)
    code = Code.ZIP_TOO_LARGE if isinstance(error, LimitExceeded) else Code.ZIP_INVALID
    message = error.message.removeprefix(f"{path.name}: ")
    walk.findings.add(Problem(code=code, message=message, suggestion=error.hint).at(path.name))
    return summarise(walk.findings, dataset=path.name, kind=kind, locale=locale)


def _decoding(
    decoder: Decoder | None, kind: str, limits: Limits
) -> AudioDecoder | nullcontext[Decoder] | nullcontext[None]:
    if kind in VALIDATE:
        return nullcontext(None)
    if decoder is not None:
        return nullcontext(decoder)
    return AudioDecoder(DecodeLimits(input_bytes=limits.audio_bytes, audio_seconds=limits.audio_seconds))
