"""What a component promises: typed inputs, outputs and parameters, and its code."""

import dataclasses
import importlib
import inspect
import logging
import pathlib
from typing import ClassVar

from pipeline.import_closure import SOURCES, import_closure
from pipeline.storage import StoragePath

_LOGGER = logging.getLogger("pipeline")


@dataclasses.dataclass(frozen=True)
class Outputs:
    """Where a component's results lie. Subclasses name the files.

    Attributes:
        directory: `StoragePath` that holds all of them.
        digest: str, of the content of all files; None before they are finished.
    """

    directory: StoragePath
    digest: str | None = None

    def fingerprint(self):
        """Returns str that changes when the content of the results does."""
        return self.digest or self.directory.name


@dataclasses.dataclass(frozen=True)
class Nothing:
    """An optional input that is not given."""

    def fingerprint(self):
        """Returns str, always the same."""
        return "none"

    def __bool__(self):
        return False


NOTHING = Nothing()


@dataclasses.dataclass(frozen=True)
class Context:
    """What an executor may use beside its inputs and parameters.

    Attributes:
        component: str, name of the component, heads its messages.
        beam_args: tuple of str, options that Beam gets untouched.
        label: str, which of several detectors the work is for; empty where it is one.
        keep: `StoragePath` of a folder that outlives a killed attempt and is shared
            with the next one, for checkpoints; None where there is no need of it.
    """

    component: str
    beam_args: tuple = ()
    label: str = ""
    keep: StoragePath | None = None

    def say(self, message):
        """Tells the person at the terminal how the work goes.

        Args:
            message: str, one line.
        """
        label = f" {self.label}" if self.label else ""
        _LOGGER.info("%s%s: %s", self.component, label, message)


@dataclasses.dataclass(frozen=True)
class Component:
    """Base of all components. It states a contract and runs nothing.

    The work is the function `execute(inputs, outputs, parameters, context)` in the
    module `executor` beside the subclass. It writes into `outputs.directory`, which is
    believed only when all of it is there.

    Attributes:
        inputs: dataclass whose fields each have a `fingerprint()`.
        parameters: dataclass of plain values.
        label: str, for messages: which of several detectors it works for.
    """

    inputs: object
    parameters: object
    label: str = ""

    NAME: ClassVar[str]
    OUTPUTS: ClassVar[type]
    FILES: ClassVar[tuple] = ()
    """Files, relative to the sources, that the results depend on beside the code."""

    ON_WORKERS: ClassVar[bool] = False
    """Whether the work is an element that Beam sends to a worker; else the work is
    done where the run was started, and may be a Beam pipeline of its own."""

    def outputs(self, directory, digest=None):
        """Returns the `OUTPUTS` in a directory."""
        return self.OUTPUTS(directory, digest)

    def fingerprints(self):
        """Returns dict from the name of each input to its fingerprint."""
        return {
            field.name: getattr(self.inputs, field.name).fingerprint()
            for field in dataclasses.fields(self.inputs)
        }

    def sources(self):
        """Returns dict from the names of inputs to str, the folders they lie in."""
        places = {}
        for field in dataclasses.fields(self.inputs):
            value = getattr(self.inputs, field.name)
            value = getattr(value, "selection", value)
            place = getattr(value, "directory", None)
            if isinstance(place, StoragePath):
                places[field.name] = str(place)
        return places

    def code_files(self):
        """Returns sorted list of `pathlib.Path`, what the results depend on: the
        work, all of ours that it imports, and `FILES`."""
        contract = pathlib.Path(inspect.getfile(type(self)))
        work = contract.with_name("executor.py")
        own = [SOURCES / name for name in self.FILES]
        return sorted(
            [*import_closure(work if work.is_file() else contract), *own],
        )

    def resource_hints(self):
        """Returns dict of Beam's resource hints for the worker, by their names."""
        return {}

    def what_is_missing(self, outputs):
        """Says why finished results can no longer be used, beyond missing files.

        Args:
            outputs: the `OUTPUTS` of a finished run.

        Returns:
            str, or None: they can.
        """
        return None

    def execute(self, outputs, context):
        """Does the work.

        Args:
            outputs: the `OUTPUTS` to write.
            context: a `Context`.
        """
        package = type(self).__module__.rpartition(".")[0]
        executor = importlib.import_module(f"{package}.executor")
        executor.execute(self.inputs, outputs, self.parameters, context)
