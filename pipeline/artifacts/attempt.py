"""One attempt at the work of a component: written apart, believed when whole."""

import dataclasses
import json
import os
import time
import traceback
import uuid

from pipeline.artifacts.manifest import MANIFEST, complete, read_manifest
from pipeline.component import Component, Context
from pipeline.pipeline_error import PipelineError
from pipeline.storage import StoragePath
from pipeline.storage.storage_error import explain

KEEP = "keep"


@dataclasses.dataclass(frozen=True)
class Attempt:
    """What has to be done, and where. Pickled to the worker that does it.

    Attributes:
        component: `Component`.
        place: `StoragePath`, `ROOT/COMPONENT/FINGERPRINT`.
        planned: dict, as `plan` gives it.
        beam_args: tuple of str.
        run: str, the run it is done for.
    """

    component: Component
    place: StoragePath
    planned: dict
    beam_args: tuple
    run: str

    @property
    def failure(self):
        """`StoragePath` of the file that tells the run why the work failed."""
        return self.place / f"failure-{self.run}.json"

    def make(self):
        """Does the work and makes it believed.

        Each attempt has a folder of its own: one that is made twice, or goes on when
        its run was killed, does no harm. The first that is finished counts.

        Raises:
            PipelineError: the component failed; what it found is kept for a look.
        """
        directory = self.place / uuid.uuid4().hex[:8]
        directory.make_folder()
        component = self.component
        context = Context(
            component.NAME, self.beam_args, component.label, self.place / KEEP
        )
        clock = time.monotonic()
        try:
            component.execute(component.outputs(directory), context)
            _to_disk(directory)
            manifest = complete(
                self.planned,
                directory,
                time.monotonic() - clock,
                component.label,
                self.run,
                component.sources(),
            )
            self._commit(manifest)
        except PipelineError as error:
            kept = f"\nWhat was found lies in {directory}" if directory.files() else ""
            raise PipelineError(f"{self.title}: {error}{kept}") from error
        except BaseException as error:
            directory.delete()
            if refused := explain(error, self.place):
                raise PipelineError(f"{self.title}: {refused}") from error
            raise
        (self.place / KEEP).delete()

    @property
    def title(self):
        """str, heads messages."""
        return f"{self.component.NAME} {self.component.label}".strip()

    def make_or_record(self):
        """Does the work; a failure is written down, and other work goes on."""
        try:
            self.make()
        except Exception as error:
            text = str(error)
            if not isinstance(error, PipelineError):
                text = f"{self.title}: {type(error).__name__}: {error}"
            record = {"error": text, "traceback": traceback.format_exc()}
            self.failure.write_text(json.dumps(record))

    def _commit(self, manifest):
        if read_manifest(self.place) is not None:
            return
        text = json.dumps(manifest, indent=2, ensure_ascii=False)
        (self.place / MANIFEST).write_text(text + "\n")
        if self.place.is_local:
            _sync(self.place.text)


def _to_disk(directory):
    if directory.is_local:
        for folder, _, files in os.walk(directory.text):
            for file in files:
                _sync(os.path.join(folder, file))
            _sync(folder)


def _sync(path):
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
