"""`python -m pipeline diff`: how two runs differ, and what came of it."""

from pipeline.commands.file_systems import set_up_file_systems

HELP = "compare two runs: configuration, data, code, results"
EPILOG = None
_METRICS = (
    "auroc",
    "average_precision",
    "fpr_at_95_tpr",
    "false_positive_rate",
    "detection_rate",
    "threshold",
)


def add_arguments(parser):
    """Adds the command's options to its parser."""
    parser.add_argument("first", metavar="RUN")
    parser.add_argument("second", nargs="?", default="LAST", metavar="RUN")
    parser.add_argument("--root", required=True, metavar="DIR")


def execute(arguments, beam_args):
    """Runs the command; returns its exit code."""
    from pipeline.runs.run_record import find_run
    from pipeline.storage import StoragePath

    set_up_file_systems(beam_args)
    root = StoragePath(arguments.root)
    first, second = (
        find_run(root, name) for name in (arguments.first, arguments.second)
    )
    lines = compare(root, first, second)
    print(f"{first.name} -> {second.name}")
    print("\n".join(f"  {line}" for line in lines) or "  no difference")
    return 0


def compare(root, first, second):
    """Words the differences of two runs.

    Args:
        root: `StoragePath`.
        first: `RunRecord`.
        second: `RunRecord`.

    Returns:
        List of str.
    """
    from pipeline.artifacts.manifest import difference
    from pipeline.runs.run_record import manifests

    lines = [
        f"{key}: {first.config.get(key)} -> {second.config.get(key)}"
        for key in sorted({*first.config, *second.config})
        if first.config.get(key) != second.config.get(key)
    ]
    old, new = (
        {_key(m): m for m in manifests(root, r).values()} for r in (first, second)
    )
    for key in new:
        title = " ".join(key).strip()
        if key not in old:
            lines.append(f"{title}: new")
        elif changes := difference(old[key], new[key]):
            lines.append(f"{title}: {', '.join(changes)}")
        elif old[key]["digest"] != new[key]["digest"]:
            lines.append(f"{title}: done again, with another result")
    lines += [f"{' '.join(key).strip()}: gone" for key in old if key not in new]
    return [*lines, *_compare_results(first, second)]


def _key(manifest):
    return manifest["component"], manifest.get("label", "")


def _compare_results(first, second):
    old, new = (
        {
            one["name"]: one["results"] or {}
            for one in (run.summary or {}).get("detectors", [])
        }
        for run in (first, second)
    )
    for name in new:
        for metric in _METRICS:
            before, now = old.get(name, {}).get(metric), new[name].get(metric)
            if name in old and before != now:
                yield f"{name} {metric}: {_shown(before)} -> {_shown(now)}"


def _shown(value):
    return "not defined" if value is None else f"{value:.6g}"
