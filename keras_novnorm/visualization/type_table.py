"""Rates by type: by class, or kind of defect."""

import dataclasses

import numpy as np

from keras_novnorm.metrics import OneClassOnlyError, auroc


@dataclasses.dataclass(frozen=True)
class TypeRow:
    """What became of the pictures of one type; counts and shares.

    Args:
        name: str.
        num_images: int.
        num_normal: int.
        num_novel: int.
        auroc: float, of its novel pictures against all normal ones, or `None`.
        detection_rate: float, or `None` where none is novel.
        false_positive_rate: float, or `None` where none is normal.
        flagged_rate: float, share of all its pictures that are called novel.
        intervals: dictionary from a rate's name to two ends.
    """

    name: str
    num_images: int
    num_normal: int
    num_novel: int
    auroc: float | None
    detection_rate: float | None
    false_positive_rate: float | None
    flagged_rate: float
    intervals: dict


def type_rows(labels, scores, is_novel, class_names, metrics, most):
    """A row for each type.

    Args:
        labels: int `[N]`: 0 normal, 1 novel, -1 not known.
        scores: float `[N]`.
        is_novel: bool `[N]`.
        class_names: list of `N` names.
        metrics: dictionary as `write_report` takes it; where it has slices by class,
            which are of all pictures, their numbers stand.
        most: how many rows at most.

    Returns:
        Pair of a list of `TypeRow` and the number of types that are left out.
    """
    class_names = np.asarray(class_names, str)
    sliced = (metrics.get("slices") or {}).get("class")
    names = list(sliced) if sliced else np.unique(class_names).tolist()
    rows = []
    for name in names[:most]:
        members = class_names == name
        if sliced:
            rows.append(_from_slice(name, sliced[name], is_novel[members]))
        else:
            rows.append(_from_scores(name, labels, scores, is_novel, members))
    return rows, len(names) - len(rows)


def _from_slice(name, values, flagged):
    num_normal, num_novel = values["num_normal"], values["num_novel"]
    return TypeRow(
        name=name,
        num_images=num_normal + num_novel,
        num_normal=num_normal,
        num_novel=num_novel,
        auroc=values["auroc"],
        detection_rate=values["detection_rate"],
        false_positive_rate=values["false_positive_rate"],
        flagged_rate=_mean(flagged) or 0.0,
        intervals=values.get("intervals") or {},
    )


def _from_scores(name, labels, scores, is_novel, members):
    normal, novel = members & (labels == 0), members & (labels == 1)
    return TypeRow(
        name=name,
        num_images=int(members.sum()),
        num_normal=int(normal.sum()),
        num_novel=int(novel.sum()),
        auroc=_against_normals(labels, scores, novel),
        detection_rate=_mean(is_novel[novel]),
        false_positive_rate=_mean(is_novel[normal]),
        flagged_rate=_mean(is_novel[members]),
        intervals={},
    )


def _mean(values):
    return float(np.mean(values)) if np.size(values) else None


def _against_normals(labels, scores, novel):
    chosen = (labels == 0) | novel
    try:
        return auroc(labels[chosen], scores[chosen])
    except (OneClassOnlyError, ValueError):
        return None
