"""The record of one run: which finished work it used, and how it ended."""

import contextlib
import dataclasses
import datetime
import json
import os
import socket
import uuid

from pipeline.artifacts.lease import hold, is_held
from pipeline.artifacts.manifest import MANIFEST
from pipeline.pipeline_error import UsageError
from pipeline.run_config import LAST
from pipeline.storage import StoragePath
from pipeline.storage.storage_path import STORAGE_ERRORS

FOLDER = "runs"
RUNNING, DONE, NOT_PUSHED, FAILED, STOPPED = (
    "running",
    "done",
    "not pushed",
    "failed",
    "stopped",
)


@dataclasses.dataclass
class RunRecord:
    """One run, as `ROOT/runs/NAME.json` has it.

    Attributes:
        name: str, time and a random part: names sort by time.
        config: dict, the `RunConfig` as plain values.
        status: str: "running", "done", "not pushed", "failed" or "stopped".
        started, ended: str, time; `ended` is None while it runs.
        host: str.
        pid: int.
        used: list of str, finished work it rests on, `COMPONENT/FINGERPRINT`.
        made: list of str, those of them that it did itself.
        works_on: list of str, what it works on now and makes that of; empty at its end.
        summary: dict or None, as in `ROOT/run.json`.
        error: str or None.
    """

    name: str
    config: dict
    status: str = RUNNING
    started: str = ""
    ended: str | None = None
    host: str = ""
    pid: int = 0
    used: list = dataclasses.field(default_factory=list)
    made: list = dataclasses.field(default_factory=list)
    works_on: list = dataclasses.field(default_factory=list)
    summary: dict | None = None
    error: str | None = None

    def write(self, root):
        """Writes the record below a root."""
        text = json.dumps(dataclasses.asdict(self), indent=2, ensure_ascii=False)
        file = root / FOLDER / f"{self.name}.json"
        file.write_text(text + "\n", errors="backslashreplace")

    def note(self, store):
        """Takes over what an `ArtifactStore` has used and made, and works on."""
        self.used = [_short(place) for place in store.used]
        self.made = [_short(place) for place in store.made]
        self.works_on = [_short(place) for place in store.works_on]

    def is_alive(self, root):
        """Whether the process of a run is still there, as far as can be told."""
        if self.status != RUNNING:
            return False
        if self.host != socket.gethostname():
            return True
        if root.is_local:
            return is_held(root, _lease(self.name))
        return _is_process(self.pid)  # There are no leases in buckets.


def begin(root, config):
    """Makes the record of a run that begins.

    Args:
        root: `StoragePath`.
        config: `RunConfig`.

    Returns:
        `RunRecord`.
    """
    now = datetime.datetime.now(datetime.UTC)
    return RunRecord(
        name=f"{now:%Y%m%d-%H%M%S-%f}{uuid.uuid4().hex[:2]}",
        config=_plain(dataclasses.asdict(config)),
        started=now.isoformat(timespec="seconds"),
        host=socket.gethostname(),
        pid=os.getpid(),
    )


@contextlib.contextmanager
def kept(root, record):
    """Keeps a record on storage while a run goes on, whatever its end.

    Args:
        root: `StoragePath`.
        record: `RunRecord`; its status is set to "failed" or "stopped" by an error.

    Yields:
        The record.
    """
    with hold(root, [_lease(record.name)], lambda name: None):
        record.write(root)
        try:
            yield record
        except BaseException as error:
            stopped = isinstance(error, KeyboardInterrupt)
            record.status = STOPPED if stopped else FAILED
            record.error = str(error)
            raise
        finally:
            now = datetime.datetime.now(datetime.UTC)
            record.ended = now.isoformat(timespec="seconds")
            record.works_on = []
            with contextlib.suppress(*STORAGE_ERRORS):
                record.write(root)


def read_runs(root):
    """Reads all records below a root.

    Args:
        root: `StoragePath`.

    Returns:
        List of `RunRecord`, the oldest first.
    """
    records = []
    for file in (root / FOLDER).files():
        if file.name.endswith(".json"):
            records.append(RunRecord(**json.loads(file.read_text())))
    return records


def find_run(root, name):
    """Finds one run.

    Args:
        root: `StoragePath`.
        name: str, a run's name or its beginning; "LAST": the last one that came to
            an end with results.

    Returns:
        `RunRecord`.

    Raises:
        UsageError: there is none, or more than one begins so.
    """
    records = read_runs(root)
    if name == LAST:
        found = [r for r in records if r.summary][-1:]
    else:
        found = [r for r in records if r.name.startswith(name)]
    if len(found) != 1:
        known = ", ".join(r.name for r in records[-8:]) or "none"
        raise UsageError(
            f"No one run {name!r} in {root}. Its last runs: {known}; see "
            "`python -m pipeline status`."
        )
    return found[0]


def manifests(root, record):
    """Reads the manifests of the work a run rests on.

    Args:
        root: `StoragePath`.
        record: `RunRecord`.

    Returns:
        dict from `COMPONENT/FINGERPRINT` to dict; those that are gone are left out.
    """
    found = {}
    for short in record.used:
        file = StoragePath(root) / short / MANIFEST
        if file.exists():
            found[short] = json.loads(file.read_text())
    return found


def _short(place):
    return f"{place.parent.name}/{place.name}"


def _is_process(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _lease(name):
    return f"run-{name}"


def _plain(value):
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return str(value)
