"""A source whose groups come from a column, or from the names of its files."""

import dataclasses

from keras_novnorm.datasets.source_image import ImageSource, fingerprint_of
from novnorm.exit_code import NotUnderstoodError


class GroupedSource(ImageSource):
    """Pictures of another source, in groups that never straddle a split.

    Args:
        source: `ImageSource`.
        column: str or None, the manifest's column that names the group.
        pattern: compiled regular expression or None; what it finds in a picture's path
            names the group: its first group in parentheses, or else all of it. A
            picture in which it finds nothing has no group.
    """

    def __init__(self, source, column=None, pattern=None):
        self._source = source
        self._column = column
        self._pattern = pattern
        self.name = source.name
        self.class_names = source.class_names
        self.default_normal = source.default_normal
        self.has_test_split = source.has_test_split
        self.has_calibration_split = source.has_calibration_split
        self.inner = source.inner
        by = f"column {column}" if column else f"names that match {pattern.pattern!r}"
        layout = getattr(source, "layout", "")
        self.layout = f"{layout}; grouped by {by}" if layout else f"grouped by {by}"

    def elements(self, wanted=None):
        for element in self._source.elements(wanted):
            yield dataclasses.replace(element, group=self._group_of(element))

    def read(self, element):
        return self._source.read(element)

    def would_take(self, path):
        return self._source.would_take(path)

    def fingerprint(self):
        by = self._pattern.pattern if self._pattern else None
        return fingerprint_of([self._source.fingerprint(), self._column, by])

    def _group_of(self, element):
        if self._pattern:
            found = self._pattern.search(element.path)
            if not found:
                return None
            return found.group(1) if found.groups() else found.group()
        if self._column == "group":
            return element.group
        if element.problem:
            return None
        if self._column not in element.columns:
            raise NotUnderstoodError(
                f"--groups {self._column}: {element.path} has no such column. It has: "
                f"{', '.join(sorted(element.columns)) or 'none'}. For a folder, take "
                "the group from the names: --group-by REGEX"
            )
        return element.columns[self._column]
