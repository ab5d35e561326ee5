"""Failures that a person can do something about."""


class PipelineError(Exception):
    """A run that cannot go on; its text says what was wrong and what to do."""


class UsageError(PipelineError):
    """A command that cannot be understood, or asks for what is not offered."""
