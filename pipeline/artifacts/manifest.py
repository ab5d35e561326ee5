"""What is known of finished work; its file is written last and makes it believed."""

import dataclasses
import datetime
import functools
import hashlib
import importlib.metadata
import json
import platform
import socket
import subprocess

from apache_beam.io.filesystem import BeamIOError

from pipeline.component import SOURCES

MANIFEST = "manifest.json"
DIGESTS = "digests.json"
_PACKAGES = ("apache-beam", "keras", "numpy", "pillow", "scikit-learn", "tensorflow")


def plan(component):
    """Says what a component's results depend on.

    Args:
        component: a `Component`.

    Returns:
        dict of plain values: "component", "parameters", "inputs", "code".
    """
    manifest = {
        "component": component.NAME,
        "parameters": _deciding(component.parameters),
        "inputs": component.fingerprints(),
        "code": _digest_of_code(component.code_files()),
    }
    # Through JSON, so that it compares equal to what is read back.
    return json.loads(json.dumps(manifest))


def place_of(root, planned):
    """Returns `StoragePath` at which work with this plan is kept."""
    return root / planned["component"] / _fingerprint_of(planned)[:16]


def read_manifest(place):
    """Reads a manifest.

    Args:
        place: `StoragePath`, as `place_of` gives it.

    Returns:
        dict, or None where the work is not finished.

    Raises:
        OSError: it is there and cannot be read; nobody may take it for unfinished.
    """
    try:
        return json.loads((place / MANIFEST).read_text())
    except (FileNotFoundError, NotADirectoryError, BeamIOError, ValueError):
        return None


def complete(planned, directory, seconds, label, run, sources=None):
    """Makes the manifest of work that is done.

    Args:
        planned: dict, as `plan` gives it.
        directory: `StoragePath` that holds the results.
        seconds: float, how long the work took.
        label: str, which detector it was for.
        run: str, the run that did it.
        sources: dict from the names of inputs to the folders they were read from.

    Returns:
        dict: the plan with "sources", "attempt", "files" (sizes), "digest" (of the
        content), "ended", "seconds", "run", "version", "commit", "machine", "packages".
    """
    from keras_novnorm.version import __version__

    sizes = directory.sizes()
    return {
        **planned,
        "sources": sources or {},
        "label": label,
        "attempt": directory.name,
        "digest": _digest_of_content(directory, sizes),
        "files": sizes,
        "run": run,
        "ended": datetime.datetime.now(datetime.UTC).isoformat(),
        "seconds": round(seconds, 3),
        "version": __version__,
        "commit": _commit(),
        "machine": {"host": socket.gethostname(), "platform": platform.platform()},
        "packages": _versions(),
    }


def difference(old, new):
    """Words what changed between two plans or manifests.

    Args:
        old: dict.
        new: dict.

    Returns:
        List of str, one for each change.
    """
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
    return changes


def _deciding(parameters):
    # Those that change no result are left out: finished work counts whatever they are.
    values = dataclasses.asdict(parameters)
    for field in dataclasses.fields(parameters):
        if not field.metadata.get("changes_results", True):
            del values[field.name]
    return values


def _digest_of_code(files):
    digest = hashlib.sha256()
    for file in files:
        content = file.read_bytes()
        digest.update(f"{file.name}:{len(content)}:".encode())
        digest.update(content)
    return digest.hexdigest()


def _digest_of_content(directory, sizes):
    known = {}
    if DIGESTS in sizes:  # Of large files, made by the workers that wrote them.
        known = json.loads((directory / DIGESTS).read_text())
    files = [
        [name, known.get(name) or _digest_of_file(directory / name)]
        for name in sizes
        if name != DIGESTS
    ]
    return _fingerprint_of(sorted(files))[:32]


def _fingerprint_of(value):
    # Here, since commands that only look at a root should not wait for Keras.
    from keras_novnorm.datasets.source_image import fingerprint_of

    return fingerprint_of(value)


def _digest_of_file(path):
    digest = hashlib.sha256()
    with path.open() as file:
        while block := file.read(2**20):
            digest.update(block)
    return digest.hexdigest()


@functools.cache
def _versions():
    return {name: importlib.metadata.version(name) for name in _PACKAGES}


@functools.cache
def _commit():
    command = ["git", "-C", str(SOURCES), "rev-parse", "HEAD"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return found.stdout.strip() or None
