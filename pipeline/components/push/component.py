"""Contract of the component that publishes a model."""

import dataclasses
import json
from typing import ClassVar

from pipeline.component import Component, Outputs
from pipeline.components.bless.component import BlessOutputs
from pipeline.components.check.component import CheckOutputs
from pipeline.components.export.component import ExportOutputs


@dataclasses.dataclass(frozen=True)
class PushInputs:
    """What is published, and why it may be.

    Attributes:
        export: `ExportOutputs`, with the SavedModel.
        blessing: `BlessOutputs`, that says it is good enough.
        check: `CheckOutputs`, that says it serves.
    """

    export: ExportOutputs
    blessing: BlessOutputs
    check: CheckOutputs


@dataclasses.dataclass(frozen=True)
class PushParameters:
    """Where the model is published.

    Attributes:
        serving: str, path of the folder that holds the served models.
        name: str, the name under which the model is served.
    """

    serving: str
    name: str


@dataclasses.dataclass(frozen=True)
class PushOutputs(Outputs):
    """Which version was published; the model itself lies where servers look."""

    @property
    def record(self):
        """`StoragePath` of the JSON file, see `read_record`."""
        return self.directory / "push.json"

    def read_record(self):
        """Returns dict: "name", "version", "path"."""
        return json.loads(self.record.read_text())


@dataclasses.dataclass(frozen=True)
class Push(Component):
    """Publishes a blessed model as the next version that servers find."""

    inputs: PushInputs
    parameters: PushParameters

    NAME: ClassVar[str] = "push"
    OUTPUTS: ClassVar[type] = PushOutputs

    def what_is_missing(self, outputs):
        """Asks whether this model is the one that servers take."""
        from pipeline.serving_folder import ServingFolder

        folder = ServingFolder(self.parameters.serving, self.parameters.name)
        return folder.why_publish(self.inputs.export.fingerprint())
