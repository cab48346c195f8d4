"""Limits of datasets are settings."""

from lect import settings
from lect.datasets import Limits
from lect.datasets.limits import limits_of


def test_settings_and_datasets_have_the_same_defaults():
    assert limits_of(settings.Limits()) == Limits()


def test_a_setting_becomes_a_limit():
    assert limits_of(settings.Limits(list_items=5)).list_items == 5
