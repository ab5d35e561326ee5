"""One thing that is not as expected."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Anomaly:
    """What is not as expected, for machines and for people.

    Attributes:
        kind: str, "modes", "height", "classes", "histogram", ...
        where: str, "train", "test", "all pictures", ...
        expected: str.
        found: str.
        advice: str, what to do.
    """

    kind: str
    where: str
    expected: str
    found: str
    advice: str

    def __str__(self):
        return (
            f"{self.where}, {self.kind}: expected {self.expected}; found {self.found}. "
            f"{self.advice}"
        )
