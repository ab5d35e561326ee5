"""Files and folders on any file system that Beam knows, and copies of them here."""

from pipeline.storage.storage_path import StoragePath

__all__ = ["StoragePath"]
