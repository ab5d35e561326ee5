"""What the exit code of `novnorm` says."""

DONE = 0
FAILED = 1
NOT_UNDERSTOOD = 2
NOVEL_FOUND = 3
INTERRUPTED = 130

MEANINGS = {
    DONE: "done",
    FAILED: "failed; one line on stderr says why",
    NOT_UNDERSTOOD: "not understood, or a question that only you can answer",
    NOVEL_FOUND: "done, and novel pictures were found (only with `score "
    "--fail-on-novel`)",
    INTERRUPTED: "stopped by Ctrl-C",
}


class NotUnderstoodError(ValueError):
    """What was asked for cannot be told for sure; the text asks back."""
