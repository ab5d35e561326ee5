"""Work below a root that nothing needs any more."""

import json
import time

from pipeline.artifacts.attempt import KEEP
from pipeline.artifacts.attempt_folder import work_of
from pipeline.artifacts.lease import is_held
from pipeline.artifacts.manifest import read_manifest
from pipeline.run_config import COMPONENTS
from pipeline.runs.lineage import ancestors, read_lineage
from pipeline.runs.run_record import read_runs


def find_garbage(root, keep_runs, min_age):
    """Finds work that can be deleted.

    Kept is what the last runs with results rest on, what runs that go on rest on or
    work on, what blessed models were made from, and what is young.

    Args:
        root: `StoragePath`.
        keep_runs: int, how many runs with results are kept.
        min_age: float, seconds.

    Returns:
        List of `(StoragePath, reason, size in bytes)`.
    """
    nodes = read_lineage(root)
    held = {short for short in nodes if is_held(root, short.replace("/", "-"))}
    records = read_runs(root)
    worked_on = _worked_on(root, records)
    needed = set()
    for short in (*_roots(root, records, keep_runs), *worked_on, *held):
        needed.update(ancestors(nodes, short))
    found = []
    for component in COMPONENTS:
        for name in (root / component).folders():
            place = root / component / name
            short = f"{component}/{name}"
            if is_held(root, f"{component}-{name}") or _age(place) < min_age:
                continue
            manifest = read_manifest(place)
            if manifest is None and short not in worked_on:
                found.append(_entry(place, "never finished"))
            elif manifest and short not in needed:
                found.append(_entry(place, "no kept run rests on it"))
            elif manifest:
                for attempt in place.folders():
                    if attempt not in (manifest["attempt"], KEEP):
                        found.append(_entry(place / attempt, "an attempt left over"))
    return found


def _roots(root, records, keep_runs):
    with_results = [record for record in records if record.summary][-keep_runs:]
    for record in with_results:
        yield from record.used
        for one in (record.summary, *record.summary["detectors"]):
            if one.get("evaluation_set"):
                yield work_of(one["evaluation_set"])
    for file in (root / "blessed").files():
        for entry in json.loads(file.read_text())[-2:]:
            yield work_of(entry["directory"])


def _worked_on(root, records):
    alive = [record for record in records if record.is_alive(root)]
    return {short for record in alive for short in (*record.used, *record.works_on)}


def _age(place):
    written = [file.modified() for file in place.files()]
    return time.time() - max(written, default=0.0)


def _entry(path, reason):
    return path, reason, sum(path.sizes().values())
