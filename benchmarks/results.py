"""Result files: one JSON for each training, never written twice by halves."""

import dataclasses
import json
import os
import pathlib
import tempfile

RESULTS = pathlib.Path(__file__).parent / "results"


@dataclasses.dataclass(frozen=True, order=True)
class Experiment:
    """One training of a table.

    Attributes:
        table: number of the table.
        dataset: name of the data set.
        normal: tuple of positions of the normal classes.
        variant: name of a variant.
        seed: int.
    """

    table: int
    dataset: str
    normal: tuple
    variant: str
    seed: int

    def path(self, root=RESULTS):
        """Where its result lies."""
        normal = "+".join(map(str, self.normal))
        name = f"{self.dataset}-{normal}-{self.variant}-seed{self.seed}.json"
        return pathlib.Path(root) / f"table{self.table}" / name


def write_result(experiment, result, root=RESULTS):
    """Write a result whole or not at all.

    Args:
        experiment: an `Experiment`.
        result: dictionary of JSON values.
        root: folder of all results.

    Returns:
        `pathlib.Path` of the file.
    """
    return write_json(experiment.path(root), result)


def write_json(path, result):
    """Write a file whole or not at all.

    Args:
        path: `pathlib.Path`.
        result: dictionary of JSON values.

    Returns:
        The path.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(
        "w", dir=path.parent, suffix=".partial", delete=False
    ) as file:
        json.dump(result, file, indent=1)
        file.write("\n")
    os.chmod(file.name, 0o644)
    os.replace(file.name, path)
    return path


def read_results(root=RESULTS):
    """All results of tables, in the order of their experiments.

    Args:
        root: folder of all results.

    Returns:
        List of dictionaries.
    """
    found = [
        json.loads(p.read_text())
        for p in sorted(pathlib.Path(root).glob("table*/*.json"))
    ]
    return sorted(
        found,
        key=lambda r: (r["table"], r["dataset"], r["normal"], r["variant"], r["seed"]),
    )
