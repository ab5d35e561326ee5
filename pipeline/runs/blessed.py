"""Which models were blessed, for each name that is served; the newest is the bar."""

import json

from pipeline.artifacts.attempt_folder import below_root
from pipeline.storage import StoragePath

_FOLDER = "blessed"


class BlessedModels:
    """The blessed models of one name, `ROOT/blessed/NAME.json`.

    Args:
        root: `StoragePath`.
        name: str.
    """

    def __init__(self, root, name):
        self._file = StoragePath(root) / _FOLDER / f"{name}.json"

    def all(self):
        """Returns list of dict, the oldest first: "directory", "digest", "run".

        A "directory" is `COMPONENT/FINGERPRINT/ATTEMPT`, see `find_below`.
        """
        return json.loads(self._file.read_text()) if self._file.exists() else []

    def last_before(self, export):
        """Finds the last blessed model that is another than this one.

        Args:
            export: `ExportOutputs`.

        Returns:
            dict, or None.
        """
        others = [one for one in self.all() if one["digest"] != export.digest]
        here = [one["digest"] for one in self.all()]
        if export.digest in here:  # Judged again: by what it was judged by before.
            before = here.index(export.digest)
            others = [one for one in self.all()[:before]]
        return others[-1] if others else None

    def add(self, export, run):
        """Records a blessed model, once.

        Args:
            export: `ExportOutputs`.
            run: str.
        """
        entries = self.all()
        if export.digest in [one["digest"] for one in entries]:
            return
        entry = {
            "directory": below_root(export.directory),
            "digest": export.digest,
            "run": run,
        }
        text = json.dumps([*entries, entry], indent=2)
        self._file.write_text(text + "\n")
