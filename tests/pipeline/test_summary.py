"""The last words of a run name what there is, and only that."""

from pipeline.summary import format_summary


def words(**pixels):
    rates = ("auroc", "average_precision", "fpr_at_95_tpr", "threshold")
    rates += ("false_positive_rate", "detection_rate")
    results = {"num_normal": 2, "num_novel": 3, **dict.fromkeys(rates, 0.5), **pixels}
    places = dict.fromkeys(("detector", "export", "scores", "metrics", "report"), "x")
    return format_summary(
        {"name": "tile", "normal": ["good"], "results": results, **places}
    )


def test_pixel_figures_are_told_where_there_are_masks():
    assert "pixel" not in words() and "masks" not in words()
    text = words(pixel_auroc=0.87654, per_region_overlap=None, num_masks=3)
    assert "pixel AUROC                   0.8765\n" in text
    assert "per-region overlap            not defined\n" in text
    assert "pictures with masks           3\n" in text
