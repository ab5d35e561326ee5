"""The folder that servers watch: numbered versions, a ledger, one configuration."""

import datetime
import json

from pipeline.artifacts.lease import hold
from pipeline.pipeline_error import PipelineError, UsageError
from pipeline.storage import StoragePath
from pipeline.storage.local_copy import copy_tree

SERVING = "serving"
"""Folder below a root that holds the served models."""

SAVED_MODEL = "saved_model.pb"
MODEL_CARD = "assets.extra/model_card.json"
CONFIG = "models.config"


class ServingFolder:
    """The versions of one served model, `SERVING/NAME/INTEGER`.

    Published versions are never changed. On a local file system a version appears by
    one rename; in a bucket its `saved_model.pb`, without which no server takes it for
    a model, is written last.

    Args:
        serving: str, path or `StoragePath` of the folder that holds all served models.
        name: str, the model's name.
    """

    def __init__(self, serving, name):
        self.serving = StoragePath(serving)
        self.name = name
        self.base_path = self.serving / name

    def path(self, version):
        """Returns `StoragePath` of a version."""
        return self.base_path / str(version)

    def versions(self):
        """Returns sorted list of int, the versions that servers find."""
        return sorted(
            int(name) for name in self.base_path.folders() if name.isdecimal()
        )

    def ledger(self):
        """Returns list of dict, one for each version that was ever published."""
        file = self.serving / ".ledgers" / f"{self.name}.json"
        return json.loads(file.read_text()) if file.exists() else []

    def newest(self):
        """Looks at the version that servers take.

        Returns:
            dict, its entry in the ledger ("version" alone where it has none), or None:
            there is no version.
        """
        versions = self.versions()
        if not versions:
            return None
        entries = {entry["version"]: entry for entry in self.ledger()}
        return entries.get(versions[-1], {"version": versions[-1]})

    def why_publish(self, export):
        """Says why a model that was published once has to be published again.

        Args:
            export: str, fingerprint of the model's export.

        Returns:
            str, or None: it is the version that servers take.
        """
        newest = self.newest()
        if newest is None:
            return f"what was published in {self.base_path} was removed"
        path = self.path(newest["version"])
        if newest.get("export") != export:
            return f"{path} serves another model"
        return None if (path / SAVED_MODEL).exists() else f"{path} was removed"

    def held_back(self, export):
        """Says why a model must not be published: servers were taken back from it.

        Args:
            export: str, fingerprint of the model's export.

        Returns:
            str, a sentence, or None: it may be published.
        """
        newest = self.newest() or {}
        back = newest.get("rolled_back_to")
        if not back or newest.get("export") == export:
            return None
        same = [e["version"] for e in self.ledger() if e.get("export") == export]
        if not same:
            return None
        return (
            f"It was version {same[-1]} before, and version {newest['version']}, a "
            f"rollback to version {back}, stays until another model is published; "
            f"rollback --to {same[-1]} serves this one again."
        )

    def publish(self, saved_model, origin, card=None):
        """Publishes a model as the next version.

        Args:
            saved_model: `StoragePath` of a SavedModel's folder.
            origin: dict of plain values, where it is from, for the ledger.
            card: dict or None, the model card.

        Returns:
            int, the version.
        """
        with hold(self.serving, [f"push-{self.name}"], lambda name: None):
            known = [entry["version"] for entry in self.ledger()]
            version = max([*self.versions(), *known], default=0) + 1
            self._write(saved_model, version, card)
            entry = {
                "version": version,
                "published": datetime.datetime.now(datetime.UTC).isoformat(),
                **origin,
            }
            self._write_ledger([*self.ledger(), entry])
            write_config(self.serving)
        return version

    def roll_back(self, version=None):
        """Publishes an earlier version again, as the newest.

        So servers that take the newest version go back without a gap, and the version
        that was wrong stays to be looked at.

        Args:
            version: int, or None: the one that was served before the newest; where
                the newest is a rollback, the one before what it went back to.

        Returns:
            Pair of int, the version gone back to and the number it has now.

        Raises:
            UsageError: there is no such version.
        """
        versions = self.versions()
        if not versions:
            raise UsageError(f"No version of {self.name!r} in {self.serving}.")
        if version is None:
            version = self._before(versions)
        if version not in versions:
            raise UsageError(
                f"{self.name} has no version {version}; it has "
                f"{', '.join(map(str, versions))}."
            )
        origin = {
            key: value
            for entry in self.ledger()
            if entry["version"] == version
            for key, value in entry.items()
            if key not in ("version", "published", "rolled_back_to")
        }
        card = self.path(version) / MODEL_CARD
        made = self.publish(
            self.path(version),
            {**origin, "rolled_back_to": version},
            json.loads(card.read_text()) if card.exists() else None,
        )
        return version, made

    def _before(self, versions):
        # A rollback takes back what came after its target, for good: a later one goes
        # further back, never to a version that was left behind.
        back = {e["version"]: e.get("rolled_back_to") for e in self.ledger()}
        first, trusted = {}, []
        for version in sorted({*back, *versions}):
            first[version] = first.get(back.get(version), version)
        for version in versions:
            original = first[version]
            if original in trusted:
                del trusted[trusted.index(original) :]
            elif back.get(version):
                del trusted[-1:]
            trusted.append(original)
        if len(trusted) < 2:
            raise PipelineError(
                f"{self.name} has no version before {trusted[-1]} to go back to that "
                "was not left behind by a rollback. Name one with --to; it has "
                f"{', '.join(map(str, versions))}."
            )
        return next(v for v in versions if first[v] == trusted[-2])

    def _write(self, saved_model, version, card):
        target = self.path(version)
        work = target
        if target.is_local:
            work = target.with_name(f".publishing-{version}")
            work.delete()
        last = saved_model / SAVED_MODEL
        for file in saved_model.files():
            if file != last:
                copy_tree(file, work / file.relative_to(saved_model))
        if card is not None:
            text = json.dumps(card, indent=2, ensure_ascii=False)
            (work / MODEL_CARD).write_text(text + "\n")
        copy_tree(last, work / SAVED_MODEL)
        if work != target:
            work.rename(target)

    def _write_ledger(self, entries):
        text = json.dumps(entries, indent=2) + "\n"
        (self.serving / ".ledgers" / f"{self.name}.json").write_text(text)


def write_config(serving):
    """Writes one `models.config` for all models of a folder.

    A server started with `--model_config_file` serves all of them.

    Args:
        serving: `StoragePath` of the folder that holds the served models.

    Returns:
        `StoragePath` of the file.
    """
    names = [n for n in serving.folders() if not n.startswith(".")]
    blocks = [
        "  config {\n"
        f"    name: {json.dumps(name)}\n"
        f"    base_path: {json.dumps(str(serving / name))}\n"
        '    model_platform: "tensorflow"\n'
        "  }\n"
        for name in names
    ]
    file = serving / CONFIG
    file.write_text("model_config_list {\n" + "".join(blocks) + "}\n")
    return file
