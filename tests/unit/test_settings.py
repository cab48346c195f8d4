import subprocess
import sys
from pathlib import Path

import pytest

from lect.core.errors import InvalidInput
from lect.settings import Settings, default_cache, variables


@pytest.fixture(autouse=True)
def no_settings(monkeypatch):
    for name in [*variables(), "HF_HUB_OFFLINE", "XDG_CACHE_HOME", "XDG_DATA_HOME"]:
        monkeypatch.delenv(name, raising=False)


def test_defaults_need_no_environment():
    settings = Settings()

    assert settings.cache == default_cache().expanduser()
    assert settings.threads >= 1
    assert settings.precision == "int8"
    assert not settings.offline


@pytest.mark.parametrize(("together", "threads"), [("1", 6), ("2", 3), ("9", 1), ("", 6), ("0", 6), ("x", 6)])
def test_processes_that_torchrun_starts_share_the_cores(monkeypatch, together, threads):
    monkeypatch.setattr("os.sched_getaffinity", lambda process: set(range(6)), raising=False)
    monkeypatch.setenv("LOCAL_WORLD_SIZE", together)

    assert Settings().threads == threads


def test_every_field_is_a_variable_with_a_sentence():
    assert "LECT_LIMITS_AUDIO_SECONDS" in variables()
    assert [name for name, sentence in variables().items() if not sentence.endswith(".")] == []


def test_the_environment_is_read(monkeypatch):
    monkeypatch.setenv("LECT_CACHE", "~/elsewhere")
    monkeypatch.setenv("LECT_THREADS", "3")
    monkeypatch.setenv("LECT_LIMITS_AUDIO_SECONDS", "60")

    settings = Settings()

    assert settings.cache == Path.home() / "elsewhere"
    assert settings.threads == 3
    assert settings.limits.audio_seconds == 60


def test_the_level_of_the_log_may_be_written_small(monkeypatch):
    monkeypatch.setenv("LECT_LOG", "info")

    assert Settings().log == "INFO"


def test_arguments_win_over_the_environment(monkeypatch):
    monkeypatch.setenv("LECT_THREADS", "3")

    assert Settings(threads=1).threads == 1


@pytest.mark.parametrize("name", ["LECT_PRECISON", "LECT_LIMITS_AUDIO_SECOND", "lect_thread"])
def test_an_unknown_variable_is_refused_and_the_nearest_named(monkeypatch, name):
    monkeypatch.setenv(name, "1")

    with pytest.raises(InvalidInput, match=rf"{name.upper()}.*\nDid you mean LECT_"):
        Settings()


def test_the_variables_of_the_test_suite_are_not_settings(monkeypatch):
    monkeypatch.setenv("LECT_TEST_ANYTHING", "1")

    Settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LECT_THREADS", "0"),
        ("LECT_THREADS", "many"),
        ("LECT_PRECISION", "int4"),
        ("LECT_LOG", "loud"),
        ("LECT_LIMITS_AUDIO_SECONDS", "-1"),
    ],
)
def test_a_wrong_value_is_an_error_that_names_the_variable(monkeypatch, name, value):
    monkeypatch.setenv(name, value)

    with pytest.raises(InvalidInput, match=name):
        Settings()


@pytest.mark.parametrize("value", ["1", "true", "YES"])
def test_the_hubs_own_switch_means_offline_too(monkeypatch, value):
    monkeypatch.setenv("HF_HUB_OFFLINE", value)

    assert Settings().offline


def test_a_secret_is_never_printed(monkeypatch):
    monkeypatch.setenv("LECT_HUB_TOKEN", "hush-hush")
    settings = Settings()

    assert settings.hub_token.get_secret_value() == "hush-hush"
    assert "hush" not in f"{settings!r} {settings} {settings.model_dump_json()}"


@pytest.mark.parametrize(
    ("platform", "end"),
    [("linux", ".cache/lect"), ("darwin", "Library/Caches/lect")],
)
def test_the_cache_is_where_the_platform_keeps_caches(platform, end):
    assert default_cache(platform).as_posix().endswith(end)


def test_the_cache_follows_the_xdg_variable(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    assert default_cache("linux") == tmp_path / "lect"


def test_importing_the_settings_loads_no_heavy_library():
    script = (
        "import sys, lect.settings; print({'numpy', 'onnxruntime', 'huggingface_hub'} & set(sys.modules))"
    )

    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert ran.stdout == "set()\n"


def test_a_value_that_is_refused_is_explained_in_our_words(monkeypatch):
    monkeypatch.setenv("LECT_CACHE", "~nobody-of-this-name/cache")

    with pytest.raises(
        InvalidInput, match="^LECT_CACHE: ~nobody-of-this-name/cache: there is no home folder"
    ):
        Settings()


def test_a_user_without_a_home_folder_is_asked_for_a_cache(monkeypatch, tmp_path):
    monkeypatch.setattr(
        "os.path.expanduser", lambda path: path
    )  # as it is for a user whom the system does not know

    with pytest.raises(InvalidInput, match="^LECT_CACHE: ~/.cache/lect: there is no home folder"):
        Settings()

    monkeypatch.setenv("LECT_CACHE", str(tmp_path))
    assert Settings().cache == tmp_path


def test_who_keeps_nothing_needs_no_data_folder(monkeypatch, tmp_path):
    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    settings = Settings(cache=tmp_path)

    with pytest.raises(InvalidInput, match="^LECT_DATA: there is no home folder"):
        assert settings.data_folder
    assert (
        Settings(cache=tmp_path, data=tmp_path / "data").database_url == f"sqlite:///{tmp_path}/data/lect.db"
    )


def test_rows_and_blobs_are_in_the_data_folder_unless_said_otherwise(monkeypatch, tmp_path):
    monkeypatch.setenv("LECT_DATA", str(tmp_path))
    assert Settings().database_url == f"sqlite:///{tmp_path}/lect.db"
    assert Settings().blobs_location == f"{tmp_path}/blobs"

    monkeypatch.setenv("LECT_DATABASE", "postgresql://lect:hush@host/lect")
    monkeypatch.setenv("LECT_BLOBS", "s3://bucket")
    assert Settings().database_url == "postgresql://lect:hush@host/lect"
    assert Settings().blobs_location == "s3://bucket"
    assert "hush" not in repr(Settings())
