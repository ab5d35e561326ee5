"""The last words of a run, as plain values and as text."""

from pipeline.artifacts.attempt_folder import below_root
from pipeline.serving_folder import CONFIG, SERVING, ServingFolder

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
_COLUMNS = (
    ("auroc", "AUROC", "{:.4f}"),
    ("false_positive_rate", "false alarms", "{:.2%}"),
    ("detection_rate", "detected", "{:.2%}"),
)


def summarize(config, result, root):
    """Says what a run made and where it lies.

    Args:
        config: `RunConfig`.
        result: `RunResult`.
        root: `StoragePath`.

    Returns:
        dict of plain values, as in `ROOT/run.json`.
    """
    return {
        "run": result.run,
        "data": config.data,
        "prepared": str(result.prepared.directory),
        "evaluation_set": below_root(_tested_on(result).directory),
        "counts": str(result.prepared.counts),
        "rejected": str(result.prepared.rejected),
        "statistics": str(result.described.directory),
        "validation": str(result.validated.directory),
        "models_config": str(root / SERVING / CONFIG),
        "detectors": [_detector(one, root) for one in result.detectors],
    }


def _detector(result, root):
    detector = result.detector
    folder = ServingFolder(root / SERVING, detector.name)
    newest = folder.newest()
    pushed = result.pushed and newest and _pushed(folder, newest)
    trained, evaluated = result.trained, result.evaluated
    return {
        "name": detector.name,
        "normal": list(detector.normal_classes),
        "preset": detector.preset,
        "seed": detector.seed,
        "training": trained
        and {"directory": below_root(trained.directory), "digest": trained.digest},
        "evaluation_set": result.tested_on and below_root(result.tested_on.directory),
        "history": trained and str(trained.history),
        "tensorboard": trained and str(trained.tensorboard),
        "detector": result.calibrated and str(result.calibrated.detector),
        "export": pushed["path"]
        if pushed
        else result.exported and str(result.exported.saved_model),
        "scores": evaluated and _scores(evaluated),
        "metrics": evaluated and str(evaluated.metrics),
        "blessed": result.blessed and result.blessed.is_blessed,
        "blessing": result.blessed and str(result.blessed.blessing),
        "obstacles": result.obstacles,
        "check": result.checked and str(result.checked.check),
        "pushed": pushed or None,
        "serving_version": newest and newest["version"],
        "report": result.reported and str(result.reported.report),
        "results": evaluated and evaluated.read_metrics(),
        "error": result.error and str(result.error),
    }


def _tested_on(result):
    known = [one.tested_on for one in result.detectors if one.tested_on]
    return known[0] if known else result.prepared


def _pushed(folder, newest):
    # The version that serves it now: a rollback gave it another number.
    version = newest["version"]
    return {"name": folder.name, "version": version, "path": str(folder.path(version))}


def _scores(evaluated):
    # Of very many pictures there are several files.
    files = evaluated.score_files()
    return str(files[0]) if len(files) == 1 else str(evaluated.directory)


def format_summary(summary):
    """Words the results of a run.

    Args:
        summary: dict, as `summarize` gives it.

    Returns:
        str of several lines; the last one says whether models were published.
    """
    detectors = summary["detectors"]
    if len(detectors) == 1:
        lines = _format_one(detectors[0])
    else:
        lines = _format_many(detectors, summary)
    return "\n".join(["", *lines, *_last_words(detectors)])


def format_obstacles(result, only, root):
    """Words why models did not come through, where one component alone was run.

    Args:
        result: `RunResult`.
        only: "bless" or "push".
        root: `StoragePath`.

    Returns:
        str, a line for each model that was not blessed or not pushed.
    """
    detectors = [_detector(one, root) for one in result.detectors]
    done = {"bless": "blessed", "push": "pushed"}[only]
    return "\n".join(_not_done(one, done) for one in detectors if not one[done])


def _format_one(one):
    if one["results"] is None:
        return []
    results = one["results"]
    lines = [
        f"{one['name']}: normal is {', '.join(one['normal'])}; tested on "
        f"{results['num_normal']} normal and {results['num_novel']} novel pictures"
    ]
    for words, key, form in (*_ROWS, *(_PIXEL_ROWS if "num_masks" in results else ())):
        lines.append(f"  {words:<30}{_shown(results, key, form)}")
    lines += [f"  {name:<10}{one[name]}" for name in _PLACES if one[name]]
    return lines


def _format_many(detectors, summary):
    width = max(len(one["name"]) for one in detectors)
    head = "  ".join(f"{words:>12}" for _, words, _ in _COLUMNS)
    lines = [f"{'detector':<{width}}  {head}  version"]
    for one in detectors:
        results = one["results"] or {}
        cells = "  ".join(
            f"{_shown(results, key, form):>12}" for key, _, form in _COLUMNS
        )
        version = one["pushed"]["version"] if one["pushed"] else "not pushed"
        lines.append(f"{one['name']:<{width}}  {cells}  {version}")
    known = [one["results"]["auroc"] for one in detectors if one["results"]]
    known = [value for value in known if value is not None]
    if known:
        mean = sum(known) / len(known)
        lines.append(f"{'mean':<{width}}  {mean:>12.4f}")
    lines.append(f"  all models in one server: {summary['models_config']}")
    return lines


def _shown(results, key, form):
    value = results.get(key)
    return "not defined" if value is None else form.format(value)


def _last_words(detectors):
    lines = [_not_done(one, "pushed") for one in detectors if not one["pushed"]]
    pushed = [one for one in detectors if one["pushed"]]
    if len(pushed) == 1 and len(detectors) == 1:
        lines.append(f"pushed: version {pushed[0]['pushed']['version']}")
    elif pushed and not lines:
        lines.append(f"pushed: {len(pushed)} models")
    return lines


def _not_done(one, done):
    why = one["error"] or " ".join(one["obstacles"] or ["no reason given"])
    still = one["serving_version"]
    serving = f"version {still} is still serving" if still else "no version is serving"
    return f"not {done}: {one['name']}: {why} ({serving})"
