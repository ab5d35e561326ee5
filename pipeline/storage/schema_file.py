"""A schema that a person gives."""

import dataclasses
import hashlib
import json

from pipeline.pipeline_error import UsageError
from pipeline.storage.storage_path import STORAGE_ERRORS, StoragePath


@dataclasses.dataclass(frozen=True)
class SchemaFile:
    """A `schema.json`, written by hand or by an earlier run.

    Attributes:
        path: str or `StoragePath`.
    """

    path: str

    def fingerprint(self):
        """Returns str that changes when the content does."""
        return hashlib.sha256(self._content()).hexdigest()

    def read(self):
        """Reads it.

        Returns:
            dict.

        Raises:
            UsageError: it is not there, or is no JSON object.
        """
        try:
            found = json.loads(self._content())
        except ValueError as error:
            raise UsageError(
                f"The schema {self.path} is no JSON in UTF-8: {error}."
            ) from error
        if not isinstance(found, dict):
            raise UsageError(
                f"The schema {self.path} must be a JSON object, as the schema.json of "
                f"the statistics is; received {type(found).__name__}."
            )
        return found

    def _content(self):
        try:
            return StoragePath(self.path).read_bytes()
        except STORAGE_ERRORS as error:
            raise UsageError(
                f"The schema {self.path} cannot be read: {error}."
            ) from error
