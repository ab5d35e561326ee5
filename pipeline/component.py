"""What a component promises: typed inputs, outputs and parameters, and its code."""

import dataclasses
import importlib
import logging
import pathlib
from typing import ClassVar

_SOURCES = pathlib.Path(__file__).resolve().parent.parent

_LOGGER = logging.getLogger("pipeline")


@dataclasses.dataclass(frozen=True)
class Outputs:
    """Where a component's results lie. Subclasses name the files.

    Attributes:
        directory: `pathlib.Path` that holds all of them.
    """

    directory: pathlib.Path

    def fingerprint(self):
        """Returns str that stands for everything these results depend on."""
        return self.directory.name


@dataclasses.dataclass(frozen=True)
class Context:
    """What an executor may use beside its inputs and parameters.

    Attributes:
        component: str, name of the component, heads its messages.
        beam_args: list of str, options that Beam gets untouched.
        final_directory: `pathlib.Path` at which the results will lie when done; for
            messages only.
    """

    component: str
    beam_args: list
    final_directory: pathlib.Path

    def say(self, message):
        """Tells the person at the terminal how the work goes.

        Args:
            message: str, one line.
        """
        _LOGGER.info("%s: %s", self.component, message)


@dataclasses.dataclass(frozen=True)
class Component:
    """Base of all components. It states a contract and runs nothing.

    The work is the function `execute(inputs, outputs, parameters, context)` in the
    module `executor` beside the subclass. It writes into `outputs.directory`, which
    is then put in its place as a whole.

    Attributes:
        inputs: dataclass whose fields each have a `fingerprint()`.
        parameters: dataclass of plain values.
    """

    inputs: object
    parameters: object

    NAME: ClassVar[str]
    OUTPUTS: ClassVar[type]
    CODE: ClassVar[tuple]
    """Files and folders, relative to the sources, that the results depend on."""

    def outputs(self, directory):
        """Returns the `OUTPUTS` in a directory."""
        return self.OUTPUTS(pathlib.Path(directory))

    def fingerprints(self):
        """Returns dict from the name of each input to its fingerprint."""
        return {
            field.name: getattr(self.inputs, field.name).fingerprint()
            for field in dataclasses.fields(self.inputs)
        }

    def code_files(self):
        """Returns sorted list of `pathlib.Path`, the files that `CODE` names."""
        files = []
        for entry in self.CODE:
            path = _SOURCES / entry
            files += path.rglob("*.py") if path.is_dir() else [path]
        return sorted(files)

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
