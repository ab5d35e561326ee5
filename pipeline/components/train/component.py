"""Contract of the component that trains a detector."""

import dataclasses
import json
from typing import ClassVar

from pipeline.component import NOTHING, Component, Nothing, Outputs
from pipeline.import_closure import module_file
from pipeline.selection import SelectionPart

_NO_CHANGE = {"changes_results": False}


@dataclasses.dataclass(frozen=True)
class TrainOutputs(Outputs):
    """The trained detector, not yet calibrated."""

    @property
    def detector(self):
        """`StoragePath` of the `.keras` file."""
        return self.directory / "detector.keras"

    @property
    def history(self):
        """`StoragePath` of the JSON file, see `read_history`."""
        return self.directory / "history.json"

    @property
    def tensorboard(self):
        """`StoragePath` of the folder to point TensorBoard at."""
        return self.directory / "tensorboard"

    def read_history(self):
        """Returns dict: "metrics" per epoch, "is_collapsed", "restarts", ..."""
        return json.loads(self.history.read_text())


@dataclasses.dataclass(frozen=True)
class TrainInputs:
    """What is learned from.

    Attributes:
        examples: `SelectionPart` with the training normals.
        previous: `TrainOutputs` of an earlier training of this detector, to go on from
            what it learned; `NOTHING`: begin anew.
    """

    examples: SelectionPart
    previous: TrainOutputs | Nothing = NOTHING


@dataclasses.dataclass(frozen=True)
class TrainParameters:
    """What is trained, and how.

    Attributes:
        preset: str, name of a preset of any method.
        method: str or None, where to import the preset's method from, if it is none
            that comes with the package.
        image_shape: tuple (height, width, channels) or None: the preset's own.
        backbone: str or None, the frozen network of a method that looks through one.
        resize: str, "stretch", "pad" or "tiles" (see `Resizing`).
        value_range: pair of floats in [0, 1] that are spread over the whole range, or
            None (see `OneClassDetector`).
        epochs: int or None: the preset's own recipe; a quarter of its epochs where
            there is a previous training.
        batch_size: int or None: the preset's own.
        seed: int, of everything random.
        restarts: int, how often a collapsed training begins again.
        precision: str, a dtype policy of Keras: "float32", "mixed_float16" or
            "mixed_bfloat16".
        strategy: str, "one": one device for one training; "mirrored": all devices of
            the worker, by `tf.distribute.MirroredStrategy`. Changes no result beyond
            rounding, so that finished work counts whichever it is.
        threads: int, threads of one operation; 0: as many as there are cores.
        accelerator: str or None, Beam's hint of a device for the worker, such as
            "type:nvidia-tesla-t4;count:1;install-nvidia-driver".
    """

    preset: str
    method: str | None = None
    image_shape: tuple | None = None
    backbone: str | None = None
    resize: str = "stretch"
    value_range: tuple | None = None
    epochs: int | None = None
    batch_size: int | None = None
    seed: int = 0
    restarts: int = 0
    precision: str = "float32"
    strategy: str = dataclasses.field(default="one", metadata=_NO_CHANGE)
    threads: int = dataclasses.field(default=0, metadata=_NO_CHANGE)
    accelerator: str | None = dataclasses.field(default=None, metadata=_NO_CHANGE)


@dataclasses.dataclass(frozen=True)
class Train(Component):
    """Trains a detector on the training normals."""

    inputs: TrainInputs
    parameters: TrainParameters

    NAME: ClassVar[str] = "train"
    OUTPUTS: ClassVar[type] = TrainOutputs
    ON_WORKERS: ClassVar[bool] = True

    def code_files(self):
        """Returns sorted list of `pathlib.Path`; a method of a user's own is code."""
        module = (self.parameters.method or "").partition(":")[0]
        own = module_file(module) if module else None
        return sorted({*super().code_files(), *filter(None, [own])})

    def resource_hints(self):
        """Returns the hint of an accelerator, if one is asked for."""
        hint = self.parameters.accelerator
        return {"accelerator": hint} if hint else {}
