import pytest

from lect.core.words import counted, is_hidden, size


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0 lines"), (1, "1 line"), (2, "2 lines"), (1200, "1,200 lines")]
)
def test_one_is_not_many(number, said):
    assert counted(number, "line") == said


@pytest.mark.parametrize(
    ("n_bytes", "said"),
    [(1, "1 byte"), (999, "999 bytes"), (27_345, "27.3 kB"), (999_960, "1.0 MB"), (5 * 10**12, "5000.0 GB")],
)
def test_a_size_has_a_unit_that_fits(n_bytes, said):
    assert size(n_bytes) == said


def test_a_joiner_is_spelling_and_a_zero_width_space_is_hidden():
    assert [is_hidden(char) for char in "\u200b\u00ad\ufeff\u200c\u200da "] == [True] * 3 + [False] * 4
