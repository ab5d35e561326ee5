"""Finished work, kept by what it depends on, so that it is never done twice.

`ROOT/COMPONENT/FINGERPRINT/` holds the results of one component and a
`manifest.json`. It comes into being by one rename, when all of it is on the disk:
a run that was killed leaves nothing that could be taken for finished.
"""

import dataclasses
import datetime
import fcntl
import hashlib
import importlib.metadata
import json
import logging
import os
import pathlib
import shutil
import time

from keras_novnorm.datasets.source_image import fingerprint_of
from pipeline.component import Context
from pipeline.pipeline_error import PipelineError

_LOGGER = logging.getLogger("pipeline")
_MANIFEST = "manifest.json"
_UNFINISHED = ".unfinished-"
_FAILED = "failed-"
_PACKAGES = ("apache-beam", "keras", "numpy", "pillow", "scikit-learn", "tensorflow")


class ArtifactStore:
    """The finished work of one root folder. Use it in a `with` statement.

    Args:
        root: path of the folder, made where it is not there.
        beam_args: list of str, options for Beam.

    Raises:
        PipelineError: another run is at work in the same folder.
    """

    def __init__(self, root, beam_args=()):
        self.root = pathlib.Path(root)
        self._beam_args = list(beam_args)
        self._lock = None

    def __enter__(self):
        self.root.mkdir(parents=True, exist_ok=True)
        self._lock = open(self.root / ".lock", "a")
        try:
            # The system releases it when the process ends, however it ends.
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.close()
            raise PipelineError(
                f"Another run is at work in {self.root}. Wait for it, or give this "
                "one another --root."
            ) from None
        for left in sorted(self.root.glob(f"*/{_UNFINISHED}*")):
            shutil.rmtree(left)
            _LOGGER.info("%s: cleared what a stopped run left", left.parent.name)
        return self

    def __exit__(self, *exception):
        self._lock.close()

    def produce(self, component, may_run=True):
        """Gives a component's results, and runs it only where they are not there.

        Args:
            component: a `Component`.
            may_run: bool; False: results must be there already.

        Returns:
            The component's `OUTPUTS`.

        Raises:
            PipelineError: the component failed, or would have had to run.
        """
        manifest = {
            "component": component.NAME,
            "parameters": dataclasses.asdict(component.parameters),
            "inputs": component.fingerprints(),
            "code": _digest(component.code_files()),
        }
        # Through JSON, so that it compares equal to what is read back.
        manifest = json.loads(json.dumps(manifest))
        place = self.root / component.NAME / fingerprint_of(manifest)[:16]
        outputs = component.outputs(place)
        reason = self._why_run(component, outputs, manifest)
        if reason is None:
            _LOGGER.info("%s: up to date (%s)", component.NAME, place)
            return outputs
        if not may_run:
            raise PipelineError(
                f"{component.NAME} would have to run first, because {reason}; run "
                "without --only."
            )
        _LOGGER.info("%s: runs, because %s", component.NAME, reason)
        self._run(component, place, manifest)
        return outputs

    def _run(self, component, place, manifest):
        work = place.with_name(_UNFINISHED + place.name)
        work.mkdir(parents=True)
        context = Context(component.NAME, self._beam_args, place)
        started, clock = datetime.datetime.now(datetime.UTC), time.monotonic()
        try:
            component.execute(component.outputs(work), context)
        except PipelineError as error:
            kept = _keep_failed(work, place.with_name(_FAILED + place.name))
            raise PipelineError(f"{component.NAME}: {error}{kept}") from error
        except BaseException:
            shutil.rmtree(work, ignore_errors=True)
            raise
        manifest = {
            **manifest,
            "started": started.isoformat(timespec="microseconds"),
            "seconds": round(time.monotonic() - clock, 3),
            "packages": {name: importlib.metadata.version(name) for name in _PACKAGES},
            "files": _sizes(work),
        }
        text = json.dumps(manifest, indent=2, ensure_ascii=False)
        (work / _MANIFEST).write_text(text + "\n", encoding="utf-8")
        _to_disk(work)
        if place.exists():
            shutil.rmtree(place)
        work.rename(place)
        _sync(place.parent)
        _LOGGER.info("%s: done in %.1f s", component.NAME, manifest["seconds"])

    def _why_run(self, component, outputs, manifest):
        place = outputs.directory
        recorded = _read_manifest(place)
        if recorded:
            found = _sizes(place)
            for name, size in recorded["files"].items():
                if found.get(name) != size:
                    return f"{place / name} is missing or was changed"
            return component.what_is_missing(outputs)
        others = [_read_manifest(path) for path in place.parent.glob("*")]
        others = [other for other in others if other]
        if not others:
            return "nothing is there yet"
        return _difference(max(others, key=lambda m: m["started"]), manifest)


def _keep_failed(work, failed):
    shutil.rmtree(failed, ignore_errors=True)
    if not any(work.iterdir()):
        work.rmdir()
        return ""
    work.rename(failed)
    return f"\nWhat was found lies in {failed}"


def _difference(old, new):
    changes = []
    for name in sorted({*old["parameters"], *new["parameters"]}):
        before, now = old["parameters"].get(name), new["parameters"].get(name)
        if before != now:
            changes.append(f"{name} changed from {before} to {now}")
    for name, fingerprint in new["inputs"].items():
        if old["inputs"].get(name) != fingerprint:
            changes.append(f"its input {name} changed")
    if old["code"] != new["code"]:
        changes.append("its code changed")
    return ", ".join(changes) or "it was made in another form"


def _digest(files):
    digest = hashlib.sha256()
    for file in files:
        content = file.read_bytes()
        digest.update(f"{file.name}:{len(content)}:".encode())
        digest.update(content)
    return digest.hexdigest()


def _read_manifest(place):
    try:
        return json.loads((place / _MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _sizes(directory):
    return {
        path.relative_to(directory).as_posix(): path.stat().st_size
        for path in sorted(directory.rglob("*"))
        if path.is_file() and path.name != _MANIFEST
    }


def _to_disk(directory):
    for path in directory.rglob("*"):
        _sync(path)
    _sync(directory)


def _sync(path):
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
