"""What is aimed at, beside what was measured."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Target:
    """One number and its limit.

    Attributes:
        name: str.
        value: float, measured.
        limit: float.
        at_least: bool, whether the value should be at least the limit, or at most.
    """

    name: str
    value: float
    limit: float
    at_least: bool = False

    @property
    def met(self):
        """bool; a value that is not a number meets nothing."""
        if self.at_least:
            return self.value >= self.limit
        return self.value <= self.limit

    def as_dict(self):
        """The target for JSON."""
        return {**dataclasses.asdict(self), "met": self.met}

    def __str__(self):
        sign = ">=" if self.at_least else "<="
        word = "met" if self.met else "MISSED"
        return f"{word:<6}  {self.name}: {self.value:,.4g} (aim {sign} {self.limit:g})"
