"""Held-out pictures scored and judged."""

import collections
import dataclasses

import numpy as np

_MOST_VALUES = 50
_SIZE_OF_TILED = (256, 256)


@dataclasses.dataclass
class Evaluation:
    """What came of scoring labelled pictures.

    Attributes:
        rows: list of dict, one for each picture: `path`, `class`, `label`, the model's
            outputs under their names, and the picture's further columns.
        output_names: list of str, the names of the model's outputs.
        metrics: dict, as `evaluate_histograms` gives it, with `slices`, `groups`,
            `threshold`, `target_fpr`, and the metrics of pixels where there are masks.
    """

    rows: list
    output_names: list
    metrics: dict

    def column(self, name):
        """Returns array [N], one output of all pictures."""
        return np.array([row[name] for row in self.rows])


def evaluate_examples(scorer, examples, with_masks):
    """Scores pictures and judges the scores.

    Args:
        scorer: as `open_scorer` gives it.
        examples: iterable of `ImageExample`; read once, not kept.
        with_masks: bool, whether the metrics of pixels are wanted.

    Returns:
        `Evaluation`.

    Raises:
        ValueError: scores are not finite.
    """
    from keras_novnorm.metrics.pixel_comparison import PixelComparison

    waiting = collections.deque()

    def pictures():
        for example in examples:
            # Without its bytes: scoring keeps those of a few pictures only.
            waiting.append(dataclasses.replace(example, image_bytes=b""))
            yield example.image_bytes

    with_masks = with_masks and scorer.has_map
    compared = PixelComparison(_map_size(scorer.card)) if with_masks else None
    rows, names = [], []
    for scored in scorer.score(pictures(), with_maps=with_masks):
        example = waiting.popleft()
        names = list(scored.outputs)
        rows.append(
            {
                **example.columns,
                "path": example.path,
                "class": example.class_name,
                "label": example.label,
                **scored.outputs,
            }
        )
        if compared and (example.mask_bytes or not example.label):
            _compare(compared, example, scored.anomaly_map)
    metrics = judge(rows, names, scorer.card)
    if compared and compared.num_pictures:
        found = compared.metrics()
        metrics["messages"] += found.pop("messages")
        metrics.update(found)
    return Evaluation(rows, names, metrics)


def judge(rows, output_names, card):
    """The metrics of scored pictures.

    Args:
        rows: list of dict, as `Evaluation.rows`.
        output_names: list of str.
        card: dict, as `describe_detector` gives it.

    Returns:
        dict, as `Evaluation.metrics`, without pixels.
    """
    from keras_novnorm.metrics import evaluate_histograms
    from keras_novnorm.metrics.slices import CLASS, group_of, left_out_message

    counted = _histograms(rows)
    metrics = evaluate_histograms(*counted)
    if not rows:
        metrics["messages"] = ["No picture is held out to test on."]
    metrics["threshold"] = card["threshold"]
    metrics["target_fpr"] = card["target_fpr"]
    metrics["slices"], left_out = _slices(rows, output_names, counted[0])
    metrics["groups"] = {
        name: group_of(one) for name, one in metrics["slices"].get(CLASS, {}).items()
    }
    metrics["messages"] += [left_out_message(name, _MOST_VALUES) for name in left_out]
    return metrics


def _map_size(card):
    """Height and width that maps and masks are brought to."""
    tiled = card.get("resize") == "tiles"
    return _SIZE_OF_TILED if tiled else tuple(card["image_shape"][:2])


def _compare(compared, example, anomaly_map):
    from keras_novnorm.datasets.mask_picture import decode_mask

    anomaly_map = _resized(anomaly_map, compared.size)
    if not example.mask_bytes:
        compared.add(anomaly_map)
        return
    mask = decode_mask(example.mask_bytes, *compared.size)
    # One that marked nothing from the first is told, too: of a novel picture.
    compared.add(anomaly_map, mask, example.class_name, not mask.any())


def _resized(anomaly_map, size):
    from PIL import Image

    anomaly_map = np.asarray(anomaly_map, "float32")
    if anomaly_map.shape == size:
        return anomaly_map
    picture = Image.fromarray(anomaly_map)
    return np.asarray(picture.resize(size[::-1], Image.Resampling.BILINEAR))


def _slices(rows, output_names, all_normal):
    from keras_novnorm.metrics import evaluate_slice
    from keras_novnorm.metrics.slices import COLUMN, slices_of

    parts = collections.defaultdict(lambda: collections.defaultdict(list))
    known = {"path", "class", "label", *output_names}
    for row in rows:
        columns = {name: row[name] for name in row.keys() - known}
        for name, value in slices_of(row["class"], row["label"], columns):
            parts[name][value].append(row)
    left_out = sorted(n for n, values in parts.items() if len(values) > _MOST_VALUES)
    slices = {
        name: {
            value: evaluate_slice(all_normal, *_histograms(found))
            for value, found in sorted(values.items())
        }
        for name, values in sorted(parts.items())
        if name not in left_out
    }
    return slices, [name.removeprefix(COLUMN) for name in left_out]


def _histograms(rows):
    from keras_novnorm.metrics import ScoreHistogram

    return [
        ScoreHistogram.of(
            [row["score"] for row in rows if row["label"] == label],
            [row["is_novel"] for row in rows if row["label"] == label],
        )
        for label in (0, 1)
    ]
