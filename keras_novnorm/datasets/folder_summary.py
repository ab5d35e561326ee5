"""What a source of pictures was understood as, before anything is done with it."""

import collections
import dataclasses

import numpy as np

from keras_novnorm.datasets.one_class_split import SPLITS

_SHOWN = 5


@dataclasses.dataclass(frozen=True)
class FolderSummary:
    """Everything a person should see before a training.

    Attributes:
        name: str, the source.
        layout: str, how it was understood, in words.
        class_names: list of str.
        normal: list of str, the normal classes.
        normal_reason: str, why these.
        listed: int, files that were looked at.
        splits: dict from split to dict from class to number of pictures.
        kinds: dict from "PNG", "JPEG", ... to number.
        colours: dict from "grey", "RGB", ... to number.
        sizes: dict of `smallest`, `median` and `largest`, each `[width, height]`, and
            `different`, int.
        rejected: list of `[path, reason]`, what is set aside.
        refused_masks: list of `[path, reason]`.
        dropped: list of `[path, split, why]`.
        duplicates: list of lists of paths with the same pixels, all in one split.
        near_duplicates: list of dict of `paths`, `splits` and `distance`.
        animated: list of paths of which the first frame is taken.
        num_masks: int.
    """

    name: str
    layout: str
    class_names: list
    normal: list
    normal_reason: str
    listed: int
    splits: dict
    kinds: dict
    colours: dict
    sizes: dict
    rejected: list
    refused_masks: list
    dropped: list
    duplicates: list
    near_duplicates: list
    animated: list
    num_masks: int

    def as_json(self):
        """Returns dict of JSON values, the attributes."""
        return dataclasses.asdict(self)

    def lines(self):
        """Returns list of str, the same for people."""
        lines = [f"{self.name}: {self.layout}" if self.layout else self.name]
        lines.append(
            f"normal: {', '.join(self.normal)} ({self.normal_reason}; --normal NAME "
            "says otherwise)"
        )
        for split, classes in self.splits.items():
            listed = ", ".join(f"{n} {count}" for n, count in classes.items())
            lines.append(
                f"{split + ':':<13}{sum(classes.values())} ({listed or 'none'})"
            )
        if self.num_masks:
            lines.append(f"masks: {self.num_masks}")
        lines.append(f"kinds: {counted(self.kinds)}; colours: {counted(self.colours)}")
        lines.append(f"sizes: {self._sizes()}")
        lines += self._set_aside() + self._copies()
        return lines

    def _sizes(self):
        if not self.sizes:
            return "none"
        words = {
            n: "{} x {}".format(*v) for n, v in self.sizes.items() if n != "different"
        }
        if self.sizes["different"] == 1:
            return f"all {words['median']}"
        return (
            f"{words['smallest']} to {words['largest']}, the median {words['median']} "
            f"(width x height; {self.sizes['different']} different)"
        )

    def _set_aside(self):
        lines = []
        if self.rejected:
            lines.append(f"{len(self.rejected)} of {self.listed} set aside:")
            lines += [f"  {path}: {reason}" for path, reason in self.rejected[:_SHOWN]]
            lines += _more(self.rejected, "rejected.csv has all")
        for path, reason in self.refused_masks[:_SHOWN]:
            lines.append(f"{path}: {reason}")
        lines += _more(self.refused_masks, "rejected.csv has all")
        if self.animated:
            lines.append(
                f"{len(self.animated)} with several frames, of which the first is "
                f"taken: {', '.join(self.animated[:_SHOWN])}"
            )
        return lines

    def _copies(self):
        lines = []
        if self.duplicates:
            lines.append(
                f"{_number(self.duplicates, 'group')} of exact duplicates, each in one "
                "split:"
            )
            lines += [
                f"  {' = '.join(paths[:_SHOWN])}" for paths in self.duplicates[:3]
            ]
            lines += _more(self.duplicates, "", 3)
        if self.dropped:
            lines.append(
                f"{len(self.dropped)} left out, for they are exact copies of pictures "
                "held out, or of another class:"
            )
            lines += [
                f"  {path} ({split}): a copy is of {why}"
                if why == "another class"
                else f"  {path} ({split}): a copy is in {why}"
                for path, split, why in self.dropped[:3]
            ]
            lines += _more(self.dropped, "", 3)
        if self.near_duplicates:
            lines.append(
                f"{_number(self.near_duplicates, 'pair')} of near duplicates across "
                "splits; results look better than they are if these show one thing "
                "(--groups or --group-by keeps such pictures together):"
            )
            lines += [
                f"  {' ~ '.join(pair['paths'])} ({' and '.join(pair['splits'])})"
                for pair in self.near_duplicates[:_SHOWN]
            ]
            lines += _more(self.near_duplicates, "run.json has them")
        return lines


def summarize(source, data, seen, normal, normal_reason, near_duplicates=()):
    """Sums up what was read.

    Args:
        source: `ImageSource`.
        data: `OneClassData`.
        seen: `WhatWasRead`.
        normal: tuple of str, the normal classes.
        normal_reason: str, why these.
        near_duplicates: list of `NearDuplicate` with names `(split, path)`.

    Returns:
        `FolderSummary`.
    """
    used = [one for found in data.examples.values() for one in found]
    infos = [seen.infos[one.path] for one in used if one.path in seen.infos]
    return FolderSummary(
        name=source.name,
        layout=getattr(source, "layout", ""),
        class_names=list(source.class_names),
        normal=list(normal),
        normal_reason=normal_reason,
        listed=seen.listed,
        splits={
            split: dict(
                sorted(
                    collections.Counter(
                        o.class_name for o in data.examples[split]
                    ).items()
                )
            )
            for split in SPLITS
        },
        kinds=dict(collections.Counter(info.kind for info in infos).most_common()),
        colours=dict(seen.modes_of(one.path for one in used).most_common()),
        sizes=_sizes(infos),
        rejected=[list(one) for one in data.rejected],
        refused_masks=[list(one) for one in data.refused_masks],
        dropped=[list(one) for one in data.dropped],
        duplicates=_duplicates(data.examples),
        near_duplicates=[
            {
                "paths": [pair.first[1], pair.second[1]],
                "splits": [pair.first[0], pair.second[0]],
                "distance": pair.distance,
            }
            for pair in near_duplicates
        ],
        animated=list(seen.animated),
        num_masks=sum(bool(one.mask_bytes) for one in used),
    )


def counted(counts):
    """Returns str, numbers with what they are of: "9 grey, 1 RGB"."""
    return ", ".join(f"{count} {name}" for name, count in counts.items()) or "none"


def _by_class(examples):
    counts = collections.Counter(one.class_name for one in examples)
    return dict(sorted(counts.items()))


def _sizes(infos):
    if not infos:
        return {}
    sizes = np.array([(info.width, info.height) for info in infos])
    order = np.argsort(sizes.prod(axis=1), kind="stable")
    return {
        "smallest": sizes[order[0]].tolist(),
        "median": sizes[order[len(order) // 2]].tolist(),
        "largest": sizes[order[-1]].tolist(),
        "different": len(np.unique(sizes, axis=0)),
    }


def _duplicates(examples):
    same = collections.defaultdict(list)
    for split, found in examples.items():
        for one in found:
            same[split, one.sha256].append(one.path)
    return [paths for paths in same.values() if len(paths) > 1]


def _number(items, word):
    return f"{len(items)} {word}{'s' * (len(items) != 1)}"


def _more(items, where, shown=_SHOWN):
    rest = len(items) - shown
    return [f"  and {rest} more" + (f"; {where}" if where else "")] if rest > 0 else []
