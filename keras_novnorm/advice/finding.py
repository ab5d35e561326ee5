"""One thing that was found, for people and for programs."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Finding:
    """A piece of advice.

    Attributes:
        kind: str, a stable name: "few_normals", "training_outliers", ...
        text: str, what was found and what to do about it, in words.
        numbers: dict of JSON values, what the text rests on.
    """

    kind: str
    text: str
    numbers: dict = dataclasses.field(default_factory=dict)

    def as_json(self):
        """Returns dict of JSON values, the attributes."""
        return dataclasses.asdict(self)
