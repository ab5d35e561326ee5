"""A folder that is watched: which of its pictures no run has seen."""

import json

from keras_novnorm.datasets.image_folder import ImageFolder
from keras_novnorm.datasets.one_class_split import OneClassSplit
from pipeline.artifacts.attempt_folder import find_below
from pipeline.components.prepare.component import PrepareOutputs
from pipeline.data_stage import normal_classes_of
from pipeline.pipeline_error import UsageError
from pipeline.runs.run_record import read_runs
from pipeline.storage import StoragePath
from pipeline.storage.storage_opener import storage_opener


class WatchedFolder:
    """The pictures of a folder, beside those that the last run has seen.

    `ROOT/watched.json` names them. Where the last run was started in another way it is
    only known how many pictures it has seen.

    Args:
        directory: str, the folder.
        normal: tuple of str, as `RunConfig.normal`.
        root: str or `StoragePath`.
    """

    def __init__(self, directory, normal, root):
        self.data = f"folder:{directory}"
        self._opener = storage_opener(self.data)
        self._directory = directory
        self._normal = normal
        self._root = StoragePath(root)
        self._file = self._root / "watched.json"

    def names(self):
        """Returns set of str, the pictures there that a run would read."""
        try:
            source = ImageFolder(self._directory, self._opener)
        except FileNotFoundError:
            return set()
        try:
            normal = normal_classes_of(source, self._normal)
        except UsageError:  # The run will say it.
            return {element.path for element in source.elements()}
        rule = OneClassSplit(normal, source.has_test_split)
        return {element.path for element in source.elements(rule.wanted)}

    def last_run(self):
        """Returns `RunRecord` of the last run that came to results, or None."""
        found = [record for record in read_runs(self._root) if record.summary]
        return found[-1] if found else None

    def count_new(self, names):
        """Counts the pictures that the last run has not seen.

        Args:
            names: set of str, as `names` gives it.

        Returns:
            int.
        """
        last = self.last_run()
        if last is None:
            return len(names)
        kept = json.loads(self._file.read_text()) if self._file.exists() else {}
        if (kept.get("run"), kept.get("folder")) == (last.name, self._full_name()):
            return len(names.difference(kept["names"]))
        prepared = find_below(self._root, last.summary["prepared"])
        counts = PrepareOutputs(prepared)
        seen = counts.read_counts()["listed"] if counts.counts.exists() else 0
        return max(len(names) - seen, 0)

    def remember(self, names, before):
        """Remembers what a run has seen, if it came to results.

        Args:
            names: set of str, the pictures that were there.
            before: `RunRecord` or None, the `last_run` before it.
        """
        last = self.last_run()
        if last is None or (before and last.name == before.name):
            return
        kept = {"run": last.name, "folder": self._full_name(), "names": sorted(names)}
        self._file.write_text(json.dumps(kept) + "\n")

    def _full_name(self):
        return self._opener.resolve(self._directory)
