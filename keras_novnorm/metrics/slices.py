"""Parts of a test set that are judged by themselves: classes, defects, columns."""

CLASS, DEFECT_TYPE, COLUMN = "class", "defect_type", "column:"


def slices_of(class_name, label, columns):
    """Which parts a picture belongs to.

    Args:
        class_name: name of its class.
        label: 0 for normal, 1 for novel.
        columns: dictionary, further columns to its value in each.

    Returns:
        List of `(slice, value)`.
    """
    defect = [(DEFECT_TYPE, class_name)] if label else []
    further = [(f"{COLUMN}{name}", value) for name, value in columns.items()]
    return [(CLASS, class_name), *defect, *further]


def group_of(result):
    """What `evaluate_scores` says of a group, from the metrics of its slice.

    Args:
        result: dictionary, as `evaluate_slice` gives it.

    Returns:
        Dictionary: `num_images`, `label`, `flagged_rate` and `auroc`.
    """
    label = int(result["num_novel"] > result["num_normal"])
    return {
        "num_images": result["num_images"],
        "label": label,
        "flagged_rate": result["detection_rate" if label else "false_positive_rate"],
        "auroc": result["auroc"],
    }


def left_out_message(name, most_values):
    """Why there are no slices of a column.

    Args:
        name: the column.
        most_values: how many different values are allowed.

    Returns:
        A sentence.
    """
    return (
        f"Column {name!r} has more than {most_values} different values: there are no "
        "slices of it."
    )
