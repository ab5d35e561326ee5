"""The model that a command is given: a run's folder, a `.keras` file or an export."""

import pathlib

from novnorm.run_folder import RunFolder


def find_detector(path):
    """The `.keras` file that a path means.

    Args:
        path: str, a `.keras` file or a run's folder.

    Returns:
        `pathlib.Path`.

    Raises:
        FileNotFoundError: there is none.
        ValueError: it is an export, which cannot be changed or trained.
    """
    path = pathlib.Path(path)
    if not path.exists():
        raise FileNotFoundError(f"There is no model at {path}.")
    if not path.is_dir():
        return path
    run = RunFolder(path)
    if run.detector.is_file():
        return run.detector
    if run.is_run():
        raise FileNotFoundError(
            f"The run in {path} is not finished: it has no {run.detector.name} yet. "
            "Give the command that began it once more."
        )
    if is_export(path):
        beside = path.resolve().parent.parent / run.detector.name
        place = f"{beside} is there" if beside.is_file() else "where it was trained"
        raise ValueError(
            f"{path} is an export for serving: it scores (`novnorm score`), and can "
            "neither be calibrated nor exported again. Give the `.keras` file that it "
            f"was made from ({place})."
        )
    inside = sorted(child.name for child in path.iterdir())[:8]
    raise ValueError(
        f"{path} is no run of `novnorm train` and no export: it has neither run.json "
        f"nor saved_model.pb. It holds: {inside}. Of an export, give the version's "
        "folder itself, such as BASE_PATH/1."
    )


def is_export(path):
    """Returns bool, whether a path is the version folder of an export."""
    return (pathlib.Path(path) / "saved_model.pb").is_file()


def load_detector(path):
    """Loads a detector.

    Args:
        path: str, a `.keras` file or a run's folder.

    Returns:
        `OneClassDetector`.

    Raises:
        FileNotFoundError: there is none.
        ValueError: what is there is no detector.
    """
    # The whole package first: the command may have imported parts of it without its
    # `__init__`, which must not run in the middle of another one.
    from keras_novnorm import load_detector as load
    from keras_novnorm.detectors import registry

    file, run = find_detector(path), run_of(path)
    if run is not None:
        method = run.read_record().get("chosen", {}).get("method") or ""
        if ":" in method:  # a user's own: Keras knows classes that were imported
            registry.detector_class(method)
    return load(file)


def run_of(path):
    """The run that a model belongs to.

    Args:
        path: str, a run's folder, or a model within one.

    Returns:
        `RunFolder`, or None: it stands alone.
    """
    path = pathlib.Path(path)
    # As given first: what is printed then names it as the user did.
    for model in (path, path.resolve()):
        for folder in (model, *model.parents[:2]):
            run = RunFolder(folder)
            if run.is_run():
                return run
    return None


def run_with_detector(path):
    """The run whose own detector a model is.

    Another `.keras` file in a run's folder belongs to it, but is not its detector:
    what is done to that file says nothing of the run.

    Args:
        path: str, a run's folder or a `.keras` file.

    Returns:
        `RunFolder`, or None.
    """
    run = run_of(path)
    if run is None or not run.detector.is_file():
        return None
    return run if run.detector.samefile(find_detector(path)) else None
