"""What is counted is told in the form that Prometheus reads."""

import math
from types import SimpleNamespace

from prometheus_client.parser import text_string_to_metric_families

from lect.metrics import ApiMetrics, RecogniserMetrics, families, read_live


def samples(text):
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def recogniser():
    return RecogniserMetrics(SimpleNamespace(memory=5, held=["a", "b"], hits=3, misses=2, evictions=1))


def test_requests_are_counted_by_route_and_never_by_path():
    metrics = ApiMetrics()
    for status in (200, 404):
        metrics.began()
        metrics.answered(method="GET", route="/v/{id}", status=status, seconds=0.02)
    metrics.began()
    metrics.answered(method="BREW", route=None, status=405, seconds=0.02)
    metrics.began()

    found = samples(metrics.text())

    assert found["lect_http_requests_total", "GET", "/v/{id}", "200"] == 1
    assert found["lect_http_requests_total", "GET", "/v/{id}", "404"] == 1
    assert found["lect_http_requests_total", "other", "none", "405"] == 1
    assert found["lect_http_request_seconds_bucket", "0.01", "/v/{id}"] == 0
    assert found["lect_http_request_seconds_bucket", "0.025", "/v/{id}"] == 2
    assert found["lect_http_requests_open",] == 1


def test_what_others_know_is_told_with_it():
    more = families({"lect_jobs": {("train", "QUEUED"): 2}, "lect_worker_up": {(): 1}})

    found = samples(ApiMetrics().text(more))

    assert found["lect_jobs", "train", "QUEUED"] == 2
    assert found["lect_worker_up",] == 1


def test_the_recogniser_tells_of_streams_work_and_models():
    metrics = recogniser()
    metrics.stream_opened()
    metrics.stream_opened()
    metrics.stream_closed()
    metrics.turn_ended("success")
    metrics.refused("too_many_requests")
    metrics.heard(1.5)
    metrics.partial(0.12)
    metrics.final(0.35)
    metrics.batch(3)
    metrics.waiting("final", 4)

    found = samples(metrics.text())

    assert found["lect_live_streams",] == 1
    assert found["lect_live_turns_total", "success"] == 1
    assert found["lect_live_refused_total", "too_many_requests"] == 1
    assert found["lect_live_audio_seconds_total",] == 1.5
    assert found["lect_live_partial_seconds_bucket", "0.15"] == 1
    assert found["lect_live_final_seconds_bucket", "0.3"] == 0
    assert found["lect_live_final_seconds_bucket", "0.4"] == 1
    assert found["lect_live_batch_size_sum",] == 3
    assert found["lect_live_queue", "final"] == 4
    assert (found["lect_models_bytes",], found["lect_models_loaded",]) == (5, 2)
    counted = [found[f"lect_models_{name}_total",] for name in ("hits", "misses", "evictions")]
    assert counted == [3, 2, 1]


def test_no_name_is_told_by_two_processes():
    """Their texts are put one after the other."""
    asked = families({"lect_jobs": {}, "lect_worker_up": {(): 1}, "lect_stored_bytes": {(): 1}})
    names = [
        {family.name for family in text_string_to_metric_families(text.decode())}
        for text in (ApiMetrics().text(asked), recogniser().text())
    ]

    assert names[0] & names[1] == set()


def test_what_a_recogniser_tells_is_read_again():
    told = recogniser()
    told.stream_opened()
    told.turn_ended("success")
    told.turn_ended("success")
    told.refused("too_many_requests")
    told.heard(2.5)
    for seconds in (0.06, 0.07, 20.0):
        told.final(seconds)

    found = read_live(told.text())

    assert (found.streams, found.turns, found.refused, found.audio_seconds) == (1, {"success": 2}, 1, 2.5)
    assert (found.final.within(0.5), found.final.within(0.95)) == (0.1, math.inf)
    assert sum(found.final.counts) == 3
    assert found.partial.within(0.5) is None
