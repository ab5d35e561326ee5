"""A look at finished work: whether it can be used, and why not."""

import dataclasses

from pipeline.artifacts.manifest import difference, read_manifest
from pipeline.pipeline_error import PipelineError
from pipeline.storage.storage_error import explain


@dataclasses.dataclass(frozen=True)
class Seen:
    """What was found at a place.

    Attributes:
        why_run: str, why the work has to be done, or None: it is done.
        manifest: dict, or None where there was none.
    """

    why_run: str | None
    manifest: dict | None


def look(root, attempt):
    """Looks whether work is done.

    Args:
        root: `StoragePath`.
        attempt: `Attempt`.

    Returns:
        `Seen`.

    Raises:
        PipelineError: the storage refuses.
    """
    try:
        manifest = read_manifest(attempt.place)
        return Seen(_why_run(root, attempt, manifest), manifest)
    except PipelineError:
        raise
    except Exception as error:
        if refused := explain(error, attempt.place):
            raise PipelineError(f"{attempt.title}: {refused}") from error
        raise


def _why_run(root, attempt, manifest):
    place, component = attempt.place, attempt.component
    if manifest:
        directory = place / manifest["attempt"]
        found = directory.sizes()
        for name, size in manifest["files"].items():
            if found.get(name) != size:
                return f"{directory / name} is missing or was changed"
        return component.what_is_missing(component.outputs(directory))
    kind = root / component.NAME
    others = filter(None, (read_manifest(kind / name) for name in kind.folders()))
    # Another detector's differs, but nothing has changed.
    others = [one for one in others if one["label"] == component.label]
    changes = [difference(one, attempt.planned) for one in others]
    if not changes:
        return "nothing is there yet"
    # The one that is nearest tells most.
    return ", ".join(min(changes, key=len)) or "it was made in another form"
