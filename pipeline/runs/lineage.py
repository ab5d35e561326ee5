"""From what finished work was made, back to the pictures."""

import dataclasses

from pipeline.artifacts.attempt_folder import work_of
from pipeline.artifacts.manifest import read_manifest
from pipeline.run_config import COMPONENTS


@dataclasses.dataclass(frozen=True)
class Node:
    """One piece of finished work.

    Attributes:
        short: str, `COMPONENT/FINGERPRINT`.
        manifest: dict.
        inputs: tuple of str, the `short` of the work it was made from.
    """

    short: str
    manifest: dict
    inputs: tuple

    @property
    def component(self):
        """str, the component that made it."""
        return self.manifest["component"]

    @property
    def title(self):
        """str, component and label."""
        return f"{self.component} {self.manifest.get('label', '')}".strip()


def read_lineage(root):
    """Reads what hangs together below a root.

    Args:
        root: `StoragePath`.

    Returns:
        dict from `COMPONENT/FINGERPRINT` to `Node`.
    """
    found = {}
    for component in COMPONENTS:
        for name in (root / component).folders():
            manifest = read_manifest(root / component / name)
            if manifest:
                found[f"{component}/{name}"] = manifest
    return {
        short: Node(short, manifest, tuple(_inputs(manifest, found)))
        for short, manifest in found.items()
    }


def ancestors(nodes, short):
    """Lists all that a piece of work rests on.

    Args:
        nodes: dict, as `read_lineage` gives it.
        short: str.

    Returns:
        List of str, each once, sorted by component.
    """
    seen, todo = set(), [short]
    while todo:
        one = todo.pop()
        if one in nodes and one not in seen:
            seen.add(one)
            todo += nodes[one].inputs
    return sorted(seen, key=lambda one: (COMPONENTS.index(one.split("/")[0]), one))


def _inputs(manifest, found):
    for place in manifest.get("sources", {}).values():
        short = work_of(place)
        if short in found:
            yield short
