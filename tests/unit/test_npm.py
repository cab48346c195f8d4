"""What tests skip when a package of npm cannot be installed: the lack of a network, and nothing else."""

import pytest

from npm import require_network


@pytest.mark.parametrize(
    "said",
    [
        "npm error code ENOTFOUND\nnpm error network request to https://registry.example failed",
        "npm ERR! code ECONNREFUSED\nnpm ERR! syscall connect",
    ],
)
def test_without_a_network_tests_are_skipped(said):
    with pytest.raises(pytest.skip.Exception, match="no registry is reached"):
        require_network(said, what="a package")


@pytest.mark.parametrize(
    "said", ["npm error code EUSAGE\nnpm error not in sync", "npm error code EINTEGRITY", ""]
)
def test_a_lock_file_that_does_not_fit_is_no_reason_to_skip(said):
    require_network(said, what="a package")
