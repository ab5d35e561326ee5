"""The page of results: `python -m benchmarks.render` writes `docs/results.md`.

It also brings the README's few numbers up to date.

Everything on it comes from the result files; what was not run is named as missing.
"""

import argparse
import pathlib

from benchmarks import outside_features
from benchmarks.figures import draw_class_bars, draw_histograms
from benchmarks.industrial.page import industrial_section, read_industrial
from benchmarks.readme_block import readme_block, replace_block
from benchmarks.results import RESULTS, read_results
from benchmarks.summary import class_means, complete_summary, group_results
from benchmarks.table_definitions import CLASS_NAMES, PAPER_MEANS, TABLES
from benchmarks.variants import VARIANTS

DOCS = pathlib.Path(__file__).parent.parent / "docs"
MAIN_TABLES = (1, 2, 3)
MAIN_ROWS = ("paper", "default", "plus")
ABLATION_ROWS = (
    ("paper_autoencoder", "autoencoder"),
    ("paper_normalized", "normalized"),
    ("paper", "novelty"),
)


def main(argv=None):
    """Write the page and its figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", type=pathlib.Path, default=RESULTS)
    parser.add_argument("--output", type=pathlib.Path, default=DOCS)
    arguments = parser.parse_args(argv)
    results = read_results(arguments.results)
    figures = arguments.output / "figures"
    figures.mkdir(parents=True, exist_ok=True)
    page = arguments.output / "results.md"
    text = render_page(results, figures, more_sections(arguments.results))
    page.write_text(text, encoding="utf-8")
    if arguments.output == DOCS:
        readme = DOCS.parent / "README.md"
        text = readme.read_text(encoding="utf-8")
        readme.write_text(replace_block(text, readme_block(results)), encoding="utf-8")
    print(f"{page}: {len(results)} trainings")


def more_sections(root=RESULTS):
    """What stands beside the paper's tables: industrial pictures, outside features.

    Args:
        root: folder of all results.

    Returns:
        Text.
    """
    parts = industrial_section(read_industrial(root)), outside_features.section(root)
    return "\n\n".join(part for part in parts if part)


def render_page(results, figures, more=""):
    """The page as Markdown; draws the figures beside it.

    Args:
        results: list of dictionaries, from `read_results`.
        figures: folder for the figures, a `pathlib.Path`.
        more: further sections, text.

    Returns:
        Text.
    """
    groups = group_results(results)
    parts = [_introduction(results)]
    for number in MAIN_TABLES:
        parts += _main_table(number, groups, figures)
    parts += _ablation(groups)
    parts += _several_normal(groups)
    parts += [more, _missing(groups)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _introduction(results):
    seconds = sum(r["wall_s"] for r in results)
    commits = sorted({r["commit"][:10] for r in results})
    machines = sorted({r["machine"]["processor"] for r in results})
    return "\n".join(
        [
            "# Results",
            "",
            "Written by `python -m benchmarks.render` from the result files in "
            "`benchmarks/results/`; do not edit. AUROC in percent on the whole test "
            "split; one class is normal, all others are novel. Training sees five "
            "sixths of the normal class' training pictures, calibration the last "
            "sixth. How the settings were chosen, without the test split: "
            "[protocol](protocol.md).",
            "",
            "To see a number come out, delete its file and run, for example:",
            "",
            "```",
            "python -m benchmarks.tables --table 1 --classes 8 --seeds 1 \\",
            "    --variants default --data-dir DIR",
            "```",
            "",
            f"{len(results)} trainings, {seconds / 3600:.1f} hours in all, on "
            f"{'; '.join(machines) or 'no machine yet'}; "
            f"{sum(r['collapsed'] for r in results)} ended collapsed, "
            f"{sum(r['restarts'] for r in results)} restarts. "
            f"Code: {', '.join(commits) or 'none'}. Hours and seconds are by the "
            "clock, with whatever else the machine did; oneDNN's operations were on in "
            f"{sum(r['machine'].get('onednn') == '1' for r in results)} trainings.",
        ]
    )


def _main_table(number, groups, figures):
    table = TABLES[number]
    (dataset,) = table.datasets
    names = CLASS_NAMES[dataset]
    paper = table.paper.get(dataset)
    lines = [
        "| | " + " | ".join(names) + " | mean | range | seeds | collapsed |",
        "|---" * (len(names) + 5) + "|",
    ]
    cells = [f"{v:.1f}" for v in paper] if paper else ["" for _ in names]
    span = f"{max(paper) - min(paper):.1f}" if paper else ""
    lines.append(
        "| reported | "
        + " | ".join(cells)
        + f" | {PAPER_MEANS[dataset]:.2f} | {span} | | |"
    )
    found = {}
    for variant in MAIN_ROWS:
        results = groups.get((number, dataset, variant), [])
        if not results:
            continue
        found[variant] = _complete(results, table.normal)
        means = class_means(results)
        cells = [f"{means[r]:.1f}" if r in means else "" for r in table.normal]
        summary, _ = complete_summary(results, table.normal)
        span = 100 * summary["auroc"]["range"] if summary else None
        lines.append(
            f"| {VARIANTS[variant].description} | "
            + " | ".join(cells)
            + f" | {_mean(results, table.normal)} | {_number(span)} "
            f"| {_seeds(results, table.normal)} | {_collapsed(results)} |"
        )
    if not found:
        return [f"## {table.title}", "Not run yet."]
    parts = [f"## {table.title}", "\n".join(lines), _other_metrics(found, table)]
    bars = figures / f"{dataset}_classes.svg"
    series = {VARIANTS[v].description: class_means(r) for v, r in found.items()}
    draw_class_bars(bars, names, table.normal, paper, series)
    parts.append(f"![AUROC of each class](figures/{bars.name})")
    shown = found.get("default") or next(iter(found.values()))
    first = [r for r in shown if r["seed"] == min(r["seed"] for r in shown)]
    histograms = figures / f"{dataset}_scores.svg"
    draw_histograms(histograms, first, names)
    parts.append(
        f"![Scores of normal and novel test pictures](figures/{histograms.name})"
    )
    return parts


def _other_metrics(found, table):
    lines = [
        "| mean over classes | average precision | FPR at 95% TPR "
        "| false-positive rate (5% asked) | detection rate | seconds a training |",
        "|---|---|---|---|---|---|",
    ]
    for variant, results in found.items():
        cells = [
            _mean(results, table.normal, metric)
            for metric in (
                "average_precision",
                "fpr_at_95_tpr",
                "false_positive_rate",
                "detection_rate",
            )
        ]
        seconds = sum(r["wall_s"] for r in results) / len(results)
        lines.append(
            f"| {VARIANTS[variant].description} | {' | '.join(cells)} | {seconds:.0f} |"
        )
    lines.append("")
    lines += _terms(found)
    return "\n".join(lines)


def _terms(found):
    lines = []
    for variant, results in found.items():
        names = list(results[0]["auroc_of_terms"])
        means = [
            100 * sum(r["auroc_of_terms"][n] for r in results) / len(results)
            for n in names
        ]
        listed = ", ".join(
            f"{n.replace('_', ' ')} {m:.1f}" for n, m in zip(names, means, strict=True)
        )
        lines.append(f"- Terms alone, {VARIANTS[variant].description}: {listed}.")
    return lines


def _ablation(groups):
    table = TABLES[4]
    lines = [
        "| | data | reported | paper's form | seeds | ours, term by term | seeds |",
        "|---|---|---|---|---|---|---|",
    ]
    labels = ("autoencoder", "+ novelty normalization", "+ novelty score")
    for dataset in table.datasets:
        for label, (paper_variant, variant) in zip(labels, ABLATION_ROWS, strict=True):
            cells = []
            for name in (paper_variant, variant):
                # The whole method in the paper's form is a row of tables 1 and 2 too.
                results = groups.get((4, dataset, name), []) or groups.get(
                    (table_of(dataset), dataset, name), []
                )
                cells.append(
                    f"{_mean(results, table.normal)} | {_seeds(results, table.normal)}"
                )
            reported = table.paper[dataset][paper_variant]
            lines.append(f"| {label} | {dataset} | {reported} | {' | '.join(cells)} |")
    return [f"## {table.title}", "\n".join(lines)]


def _several_normal(groups):
    table = TABLES[5]
    lines = ["| | reported | ours | seeds | collapsed |", "|---|---|---|---|---|"]
    for variant in table.variants:
        results = groups.get((5, "cifar10", variant), [])
        reported = table.paper["cifar10"].get(variant, "")
        lines.append(
            f"| {VARIANTS[variant].description} | {reported} "
            f"| {_mean(results, table.normal)} | {_seeds(results, table.normal)} "
            f"| {_collapsed(results)} |"
        )
    return [f"## {table.title}", "\n".join(lines)]


def _missing(groups):
    lines = []
    for number, table in TABLES.items():
        for dataset in table.datasets:
            for variant in table.variants:
                have = groups.get((number, dataset, variant), [])
                rows = {tuple(r["normal"]) for r in have}
                lacking = [row for row in table.normal if row not in rows]
                if lacking:
                    lines.append(
                        f"- table {number}, {dataset}, {variant}: {len(lacking)} of "
                        f"{len(table.normal)} rows"
                    )
    return "## Not run yet\n\n" + "\n".join(lines) if lines else ""


def table_of(dataset):
    """Number of the main table of a data set."""
    return next(n for n in MAIN_TABLES if TABLES[n].datasets == (dataset,))


def _mean(results, rows, metric="auroc"):
    summary, _ = complete_summary(results, rows)
    if summary is None:
        return ""
    found = summary[metric]
    deviation = found["std_over_seeds"]
    spread = "" if deviation is None else f" ± {100 * deviation:.2f}"
    return f"{100 * found['mean']:.2f}{spread}"


def _number(value):
    return "" if value is None else f"{value:.1f}"


def _seeds(results, rows):
    """How many seeds cover all rows, and how many some of them."""
    _, complete = complete_summary(results, rows)
    partial = len({r["seed"] for r in results}) - complete
    return f"{complete}" + (f" and {partial} in part" if partial else "")


def _complete(results, rows):
    """Results of seeds that cover all rows, or all where none does."""
    wanted = {tuple(row) for row in rows}
    by_seed = {}
    for result in results:
        by_seed.setdefault(result["seed"], []).append(result)
    whole = [
        result
        for found in by_seed.values()
        if {tuple(r["normal"]) for r in found} >= wanted
        for result in found
    ]
    return whole or results


def _collapsed(results):
    collapsed = sum(r["collapsed"] for r in results)
    restarts = sum(r["restarts"] for r in results)
    return f"{collapsed}" + (f" ({restarts} restarts)" if restarts else "")


if __name__ == "__main__":
    main()
