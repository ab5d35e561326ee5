"""Metrics of a test set in a few lines for people."""


def describe_metrics(metrics):
    """Says what a test set showed.

    Args:
        metrics: dict, as `Evaluation.metrics`.

    Returns:
        List of str.
    """
    lines = []
    if metrics["num_images"]:
        lines.append(
            f"tested on     {metrics['num_normal']} normal and {metrics['num_novel']} "
            "novel pictures that training did not see"
        )
    lines += _line(metrics, "false alarms", "false_positive_rate", _rate)
    lines += _line(metrics, "detected", "detection_rate", _rate)
    lines += _line(metrics, "AUROC", "auroc", "{:.4f}".format)
    if metrics.get("pixel_auroc") is not None:
        lines.append(f"pixel AUROC   {metrics['pixel_auroc']:.4f}")
    if metrics.get("per_region_overlap") is not None:
        lines.append(f"region overlap {metrics['per_region_overlap']:.4f}")
    lines += _by_class(metrics)
    # Of one kind of pictures alone, each metric says the same.
    said = []
    for message in metrics["messages"]:
        about = message.partition(" compares ")[2] or message
        if about not in said:
            said.append(about)
            lines.append(f"note: {message}")
    return lines


def _line(metrics, title, name, form):
    if metrics[name] is None:
        return []
    ends = metrics["intervals"].get(name)
    between = f" ({form(ends[0])} to {form(ends[1])})" if ends else ""
    return [f"{title:<14}{form(metrics[name])}{between}"]


def _by_class(metrics):
    groups = metrics["groups"]
    if len(groups) < 2:
        return []
    lines = []
    for name, group in groups.items():
        kind = "detected" if group["label"] else "false alarms"
        auroc = "" if group["auroc"] is None else f", AUROC {group['auroc']:.4f}"
        lines.append(
            f"  {name}: {kind} {_rate(group['flagged_rate'])} of "
            f"{group['num_images']}{auroc}"
        )
    return lines


def _rate(value):
    return "-" if value is None else f"{100 * value:.1f}%"
