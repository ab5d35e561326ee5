"""The folder that holds the versions of one model, as the last look found it."""

import logging

from serving.versions import file_system_source

_log = logging.getLogger(__name__)


class BasePath:
    """Looks at the folder, and enters what is there into the table of versions.

    Args:
        path: str, the folder that holds the version folders.
        table: `VersionTable`.
        stock: bool, as of `Watching`.

    Attributes:
        path: str, where the next look goes.
        on_disk: dict of int to str, version number to folder.
    """

    def __init__(self, path, table, stock=False):
        self.path = path
        self.on_disk = {}
        self._table = table
        self._stock = stock
        self._said = {}

    @property
    def problem(self):
        """str or None: why there is no version at all, in one message."""
        return self._said.get("problem")

    def look(self):
        """Lists the versions, and lets failed ones whose files changed try again."""
        listing = file_system_source.scan(self.path)
        if listing.problem or not listing.versions:
            self._say("problem", logging.WARNING, listing.problem)
        else:
            self._said.pop("problem", None)
            ignored = [name for name in listing.ignored if not name.startswith(".")]
            if ignored:
                text = f"ignored in {self.path!r}, not whole numbers: {ignored}"
                self._say("ignored", logging.INFO, text)
        if not listing.readable:
            return  # a hiccup of the storage takes nothing out of service
        self.on_disk = listing.versions
        for number, path in listing.versions.items():
            self._table.record(number).path = path
        if not self._stock:
            self._table.forget_ended(self.on_disk)
        for number, record in self._table.failed_records():
            if self._stock and number in self.on_disk:
                continue
            if file_system_source.fingerprint(record.path) != record.files_tried:
                with self._table.change(number):
                    record.files_changed()

    def _say(self, topic, level, text):
        """Logs a message once, and again only when it changes."""
        if self._said.get(topic) != text:
            self._said[topic] = text
            _log.log(level, "model %s: %s", self._table.name, text)
