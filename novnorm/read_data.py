"""The pictures of a training: read, checked, split, and summed up."""

import dataclasses

from novnorm.exit_code import NotUnderstoodError


@dataclasses.dataclass(frozen=True)
class ReadData:
    """Pictures that are ready to train on.

    Attributes:
        data: `OneClassData`.
        summary: `FolderSummary`.
        infos: list of `PictureInfo` of the pictures that are used.
    """

    data: object
    summary: object
    infos: list


def read_data(opened, max_pixels, limit_rejected, console, shares=None, known=None):
    """Reads all pictures and says what they were understood as.

    Args:
        opened: `Data`, as `open_data` gives it.
        max_pixels: int, pictures with more are set aside.
        limit_rejected: float, the share that may be set aside.
        console: `Console`.
        shares: `Shares` of the normals, or None: the usual ones.
        known: dict from digests to the splits that pictures stay in, or None.

    Returns:
        `ReadData`.

    Raises:
        ValueError: too many were set aside, or there is nothing to train on.
    """
    from keras_novnorm.datasets.folder_summary import summarize
    from keras_novnorm.datasets.near_duplicates import near_duplicates_across
    from keras_novnorm.datasets.one_class_data import read_one_class_data
    from keras_novnorm.datasets.watched_source import WatchedSource

    with console.progress(description="reading") as bar:
        source = WatchedSource(opened.source, max_pixels, bar.update)
        data = read_one_class_data(source, opened.normal, max_pixels, shares, known)
    near = near_duplicates_across(
        data.examples,
        progress=lambda items: console.progress(items, len(items), "comparing"),
    )
    summary = summarize(
        opened.source, data, source.seen, opened.normal, opened.reason, near
    )
    for line in summary.lines():
        console.say(line)
    _check(summary, limit_rejected, shares)
    used = [one.path for found in data.examples.values() for one in found]
    infos = [source.seen.infos[path] for path in used if path in source.seen.infos]
    return ReadData(data, summary, infos)


def _check(summary, limit_rejected, shares):
    found = f"{summary.name} ({summary.layout})" if summary.layout else summary.name
    if summary.rejected and len(summary.rejected) > limit_rejected * summary.listed:
        raise ValueError(
            f"{len(summary.rejected)} of {summary.listed} files in {found} had to be "
            f"set aside, more than the {limit_rejected:.0%} that --limit-rejected "
            f"allows. {_reasons(summary)}"
        )
    needed = [("train", "train on"), ("calibration", "calibrate with")]
    for split, purpose in needed[: 1 if shares and not shares.calibration else 2]:
        if not sum(summary.splits[split].values()):
            raise ValueError(
                f"There is no normal picture to {purpose} in {found}: {summary.listed} "
                f"files, {len(summary.rejected)} set aside, normal is "
                f"{', '.join(summary.normal)}. {_reasons(summary)}"
            )


def _reasons(summary):
    if not summary.rejected:
        return "Give more pictures."
    path, reason = summary.rejected[0]
    return f"The first: {path}: {reason}"


def confirm(console):
    """Asks a person at a terminal whether to go on.

    Args:
        console: `Console`.

    Raises:
        NotUnderstoodError: the answer was no.
    """
    import sys

    if console.as_json or console.quiet:
        return
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return
    answer = input("Train on this? [Y/n] ").strip().lower()
    if answer not in ("", "y", "yes"):
        raise NotUnderstoodError(
            "not trained. `novnorm train --help` tells how to say it."
        )
