import re

import pytest

from lect.core.errors import NotFound
from lect.models import catalogue
from lect.models.catalogue import HubSource, PackageSource


def test_names_are_unique_and_the_default_stands_first():
    assert len(set(catalogue.names())) == len(catalogue.names())
    assert catalogue.names()[0] == catalogue.DEFAULT


@pytest.mark.parametrize("model", catalogue.BASE_MODELS, ids=lambda model: model.name)
def test_everything_is_pinned(model):
    assert all(re.fullmatch(r"[0-9a-f]{64}", file.sha256) and file.size for file in model.files)
    assert model.weights.name in {"model.bin", "model.safetensors"}
    if isinstance(model.source, HubSource):
        assert re.fullmatch(r"[0-9a-f]{40}", model.source.revision)
    else:
        assert all("==" in requirement for requirement in model.source.requirements)
        named = {requirement.split("==")[0] for requirement in model.source.requirements}
        assert {part.split(":")[0] for file in model.files for part in file.parts} == named


def test_every_packaged_model_has_a_twin_on_the_hub():
    for model in catalogue.BASE_MODELS:
        if isinstance(model.source, PackageSource):
            assert isinstance(catalogue.hub_twin(model).source, HubSource)


def test_a_model_of_the_hub_is_known_by_its_repository_too():
    assert catalogue.get("openai/whisper-small") is catalogue.get("whisper-small")
    assert catalogue.get("openai/whisper-base") is not catalogue.get("whisper-base")


def test_an_unknown_name_is_answered_with_the_nearest_and_the_list():
    with pytest.raises(
        NotFound, match=r"whisper-bse: .*\nDid you mean whisper-base\? .*whisper-large-v3-turbo"
    ):
        catalogue.get("whisper-bse")
