"""What becomes of a job after a step and after an error."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from lect.core.errors import (
    InvalidAudio,
    JobCancelled,
    JobError,
    JobLost,
    LectError,
    LimitExceeded,
    MissingExtra,
    StoreError,
    TrainingRefused,
)
from lect.core.jobs import Job, JobState
from lect.jobs.contract import LONGEST_PAUSE, JobKind, Step, is_temporary
from lect.jobs.running import after_error, after_step

NOW = datetime(2026, 1, 31, tzinfo=UTC)
FIRST, LAST = (Step(name=name, run=lambda work: {}) for name in ("first", "last"))
KIND = JobKind(name="toy", steps=(FIRST, LAST), retries=2, pause=5.0)
JOB = Job(id="1", kind="toy", arguments={}, created=NOW, due=NOW, state=JobState.RUNNING, attempt=1, lease=1)


def test_a_step_is_recorded_and_the_job_runs_on():
    after = after_step(replace(JOB, deaths=3), KIND, FIRST, {"n": 1}, now=NOW)

    assert after.results == {"first": {"n": 1}}
    assert (after.state, after.progress, after.deaths) == (JobState.RUNNING, 0.5, 0)


def test_with_its_last_step_a_job_has_succeeded():
    before = replace(JOB, results={"first": {}}, error={"code": "error", "message": "once", "hint": ""})
    after = after_step(before, KIND, LAST, {}, now=NOW)

    assert (after.state, after.progress, after.finished, after.error) == (JobState.SUCCEEDED, 1.0, NOW, None)


def test_attempts_wait_twice_as_long_each_time_and_end():
    job, waits = JOB, []
    while not (job := after_error(job, KIND, JobError("no"), again=True, now=NOW)).state.is_final:
        assert job.state == JobState.QUEUED
        waits.append((job.attempt, (job.due - NOW).total_seconds()))

    assert waits == [(2, 5.0), (3, 10.0)]
    assert (job.state, job.attempt, job.finished) == (JobState.FAILED, 3, NOW)
    assert job.error == {"code": "job_error", "message": "no", "hint": ""}


def test_a_pause_has_an_end():
    assert KIND.pause_after(10_000) == LONGEST_PAUSE


def test_what_stays_wrong_is_not_tried_again():
    after = after_error(JOB, KIND, InvalidAudio("no", hint="yes"), again=False, now=NOW)

    assert after.state == JobState.FAILED
    assert after.error == {"code": "invalid_audio", "message": "no", "hint": "yes"}


def test_a_cancelled_job_has_not_failed():
    assert after_error(JOB, KIND, JobCancelled(), again=False, now=NOW).state == JobState.CANCELLED


def test_an_error_keeps_what_earlier_steps_did():
    before = replace(JOB, results={"first": {"n": 1}}, progress=0.9, message="halfway", eta=3.0)
    after = after_error(before, KIND, JobError(), again=True, now=NOW)

    assert after.results == {"first": {"n": 1}}
    assert (after.progress, after.message, after.eta) == (0.5, "", None)


@pytest.mark.parametrize("error", [StoreError(), JobError(), OSError(), ValueError(), KeyError("x")])
def test_what_may_pass_is_temporary(error):
    assert is_temporary(error)


@pytest.mark.parametrize(
    "error",
    [
        LectError(),
        InvalidAudio(),
        LimitExceeded(),
        MissingExtra(),
        TrainingRefused(),
        JobCancelled(),
        JobLost(),
    ],
)
def test_what_another_attempt_would_meet_again_is_not(error):
    assert not is_temporary(error)


@pytest.mark.parametrize("steps", [(), (FIRST, FIRST)])
def test_a_kind_has_steps_with_names_of_their_own(steps):
    with pytest.raises(ValueError, match="toy"):
        JobKind(name="toy", steps=steps)


def test_the_longest_pause_is_no_clock_that_was_set_back():
    from lect.store.jobs import LONGEST_WAIT

    assert timedelta(seconds=LONGEST_PAUSE) < LONGEST_WAIT
