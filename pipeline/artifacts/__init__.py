"""Finished work, kept by what it depends on, so that it is never done twice."""

from pipeline.artifacts.artifact_store import ArtifactStore

__all__ = ["ArtifactStore"]
