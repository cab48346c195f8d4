"""How far a domain's text may steer the search: the options of the bounded mixture, as bundles hold them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from lect.core.errors import InvalidInput

_RANGES = {
    "weight": (0, 10),
    "prior": (0, 0.99),
    "leak": (0, 1),
    "unseen": (1e-9, 0.5),
    "max_ratio": (1, 1e12),
    "rare": (1, 5),
}


@dataclass(frozen=True, kw_only=True)
class MixtureOptions:
    """How far the text may steer the search. `weight` and `prior` are chosen per model on a dev set."""

    weight: float = 0.4  # of the bonus against the acoustic score
    prior: float = 0.1  # probability that an utterance begins in the domain
    leak: float = 0.4  # probability per word that the matter changes and the prior holds again
    unseen: float = 1e-3  # probability of a word that a model has not seen, equal for both so that it cancels
    max_ratio: float = 1e6  # largest P_dom/P_gen of one word
    rare: float = 2.5  # power that the ratio of a word has which the general model does not know at all

    def __post_init__(self) -> None:
        for name, (low, high) in _RANGES.items():
            if not low <= getattr(self, name) <= high:
                raise InvalidInput(
                    f"Mixture option {name} is {getattr(self, name)!r}.",
                    hint=f"Give a number from {low} to {high}.",
                )

    def to_json(self) -> dict[str, float]:
        """The options as a JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> MixtureOptions:
        """The options of a JSON object; what it leaves out has its default.

        Raises:
            InvalidInput: An option is unknown, not a number or out of range.
        """
        values: dict[str, float] = {}
        for name, value in data.items():
            if name not in _RANGES or isinstance(value, bool) or not isinstance(value, (int, float)):
                raise InvalidInput(
                    f"Mixture option {name} cannot be {value!r}.",
                    hint=f"Known: {', '.join(sorted(_RANGES))}.",
                )
            values[name] = float(value)
        return cls(**values)
