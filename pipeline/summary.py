"""The last words of a run."""

_ROWS = (
    ("AUROC", "auroc", "{:.4f}"),
    ("average precision", "average_precision", "{:.4f}"),
    ("false alarms at 95% detected", "fpr_at_95_tpr", "{:.2%}"),
    ("threshold", "threshold", "{:.6g}"),
    ("false alarms on test normals", "false_positive_rate", "{:.2%}"),
    ("novel pictures detected", "detection_rate", "{:.2%}"),
)
_PIXEL_ROWS = (
    ("pixel AUROC", "pixel_auroc", "{:.4f}"),
    ("per-region overlap", "per_region_overlap", "{:.4f}"),
    ("pictures with masks", "num_masks", "{}"),
)
_PLACES = ("detector", "export", "scores", "metrics", "report")


def format_summary(summary):
    """Words the results of a run.

    Args:
        summary: dict, as `run_pipeline` writes it to `run.json`.

    Returns:
        str of several lines.
    """
    results = summary["results"]
    lines = [
        "",
        f"{summary['name']}: normal is {', '.join(summary['normal'])}; tested on "
        f"{results['num_normal']} normal and {results['num_novel']} novel pictures",
    ]
    pixel_rows = _PIXEL_ROWS if "num_masks" in results else ()
    for words, key, form in (*_ROWS, *pixel_rows):
        value = results[key]
        shown = "not defined" if value is None else form.format(value)
        lines.append(f"  {words:<30}{shown}")
    lines += [f"  {name:<10}{summary[name]}" for name in _PLACES]
    return "\n".join(lines)
