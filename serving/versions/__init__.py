"""The versions of a model: found on disk, loaded, switched and unloaded."""
