"""Filters of lists: what is read, what is refused, and what comes out again."""

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lect.api.filters import MAX_DEPTH, MAX_LENGTH, parse_filter
from lect.core.errors import InvalidInput
from lect.core.queries import Both, Comparison, Not

FIELDS = {"displayName": "display_name", "createdDateTime": "created", "status": "status"}


def parse(text):
    return parse_filter(text, FIELDS)


def same(value, operator="eq", field="display_name"):
    return Comparison(field=field, operator=operator, value=value)


@pytest.mark.parametrize("text", [None, "", "  "])
def test_no_filter_is_none(text):
    assert parse(text) is None


def test_names_become_fields():
    assert parse("displayName eq 'orders'") == same("orders")
    assert parse("status ne 'Failed'") == same("Failed", "ne", "status")


def test_a_doubled_quote_is_one():
    assert parse("displayName eq 'it''s'") == same("it's")


@pytest.mark.parametrize(
    "time", ["2026-01-02T03:04:05Z", "'2026-01-02T03:04:05Z'", "2026-01-02T04:04:05+01:00"]
)
def test_times_are_aware(time):
    found = parse(f"createdDateTime gt {time}")

    assert found == same(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "gt", "created")


def test_a_date_alone_is_its_midnight():
    assert parse("createdDateTime le 2026-01-02").value == datetime(2026, 1, 2, tzinfo=UTC)


def test_and_binds_more_than_or_and_not_most():
    a, b, c = same("a"), same("b"), same("c")

    found = parse("displayName eq 'a' or not displayName eq 'b' and displayName eq 'c'")

    assert found == Both(operator="or", left=a, right=Both(operator="and", left=Not(b), right=c))


def test_brackets_come_first():
    found = parse("(displayName eq 'a' or displayName eq 'b') and displayName eq 'c'")

    assert found.operator == "and"
    assert found.left.operator == "or"


@pytest.mark.parametrize(
    "text",
    [
        "displayName",
        "displayName eq",
        "displayName eq orders",
        "displayName is 'orders'",
        "displayName eq 'orders' and",
        "displayName eq 'orders' displayName",
        "(displayName eq 'orders'",
        "displayName eq 'orders')",
        "displayName gt 'orders'",
        "createdDateTime gt 2026-99-99",
        "createdDateTime gt 'yesterday'",
        "createdDateTime gt",
        "secret eq 'a'",
        "displayName eq 'orders' ; drop table datasets",
        'displayName eq "orders"',
        "not " * (MAX_DEPTH + 1) + "displayName eq 'a'",
        "(" * 1_000,
        "displayName eq '" + "a" * MAX_LENGTH + "'",
    ],
)
def test_what_is_wrong_is_refused_with_the_services_code(text):
    with pytest.raises(InvalidInput) as caught:
        parse(text)

    assert caught.value.details["detailed_code"] == "UnsupportedFilter"
    assert caught.value.hint


def test_a_field_that_is_not_listed_names_those_that_are():
    with pytest.raises(InvalidInput, match="createdDateTime, displayName, status"):
        parse("secret eq 'a'")


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text):
    with contextlib.suppress(InvalidInput):
        parse(text)


@given(st.text(max_size=80))
def test_any_value_comes_out_as_it_went_in(value):
    assert parse("displayName eq '" + value.replace("'", "''") + "'") == same(value)
