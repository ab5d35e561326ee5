"""Contract of the component that decides whether a model may be published."""

import dataclasses
import json
from typing import ClassVar

from pipeline.component import NOTHING, Component, Nothing, Outputs
from pipeline.components.evaluate.component import EvaluateOutputs
from pipeline.components.train.component import TrainOutputs


@dataclasses.dataclass(frozen=True)
class LostModel(Nothing):
    """The last blessed model, where it cannot be found.

    Attributes:
        place: str, the folder that its export lay in.
        digest: str, of its export.
        run: str, the run that blessed it.
    """

    place: str
    digest: str
    run: str

    def fingerprint(self):
        """Returns str that is another one where the model is found again."""
        return f"lost {self.digest}"


@dataclasses.dataclass(frozen=True)
class BlessInputs:
    """What is judged, and by what.

    Attributes:
        evaluation: `EvaluateOutputs` of the candidate.
        previous: `EvaluateOutputs` of the last blessed model on the same pictures;
            `LostModel`, or `NOTHING` where no other was blessed.
        training: `TrainOutputs` of the candidate, which say whether it collapsed, or
            `NOTHING`.
    """

    evaluation: EvaluateOutputs
    previous: EvaluateOutputs | Nothing = NOTHING
    training: TrainOutputs | Nothing = NOTHING


@dataclasses.dataclass(frozen=True)
class BlessParameters:
    """What a model must reach.

    Attributes:
        bars: tuple of str such as "auroc>=0.9", see `parse_bar`.
        max_drop: float, how much less than the last blessed model it may have: of
            AUROC, or, where the test set has normal pictures only, in false alarms.
        confidence: float in (0, 1), of the interval of the difference.
        strict: bool, whether what noise leaves open blocks.
    """

    bars: tuple = ()
    max_drop: float = 0.01
    confidence: float = 0.95
    strict: bool = False


@dataclasses.dataclass(frozen=True)
class BlessOutputs(Outputs):
    """The verdict, with its reasons."""

    @property
    def blessing(self):
        """`StoragePath` of the JSON file, see `read_blessing`."""
        return self.directory / "blessing.json"

    def read_blessing(self):
        """Returns dict.

        "blessed" and "certain" (bool), "reasons" (list of sentences), "bars",
        "metrics", "interval" (of the difference to the last blessed model), "against"
        (digest of that one's export) and so on.
        """
        return json.loads(self.blessing.read_text())

    @property
    def is_blessed(self):
        """bool, whether the model may be published."""
        return self.read_blessing()["blessed"]

    @property
    def obstacles(self):
        """list of str, sentences that say why it may not; empty where it may."""
        record = self.read_blessing()
        if record["blessed"]:
            return []
        reasons = {"failed": [], "open": [], "passed": []}
        for verdict in record["verdicts"]:
            reasons[verdict["outcome"]].append(verdict["reason"])
        return reasons["failed"] or reasons["open"]

    @property
    def reasons(self):
        """list of str, sentences that say why it may, or why not."""
        return self.read_blessing()["reasons"]


@dataclasses.dataclass(frozen=True)
class Bless(Component):
    """Decides whether a model may be published."""

    inputs: BlessInputs
    parameters: BlessParameters

    NAME: ClassVar[str] = "bless"
    OUTPUTS: ClassVar[type] = BlessOutputs
