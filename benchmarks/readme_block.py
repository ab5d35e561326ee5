"""The few numbers of the README, from the same result files as the page."""

import re

from benchmarks.summary import complete_summary, group_results
from benchmarks.table_definitions import PAPER_MEANS, TABLES

BEGIN, END = "<!-- results: written by benchmarks.render -->", "<!-- end of results -->"
TITLES = {
    "mnist": "MNIST",
    "fashion_mnist": "Fashion-MNIST",
    "cifar10": "CIFAR-10",
}
COLUMNS = ("paper", "default", "plus")


def readme_block(results):
    """The table between the README's marks.

    Args:
        results: list of dictionaries, from `read_results`.

    Returns:
        Markdown text, marks included.
    """
    groups = group_results(results)
    lines = [
        BEGIN,
        "| mean AUROC in %, one class normal | reported | the paper's form (`_paper`) "
        "| ours | with a transformation head (`_plus`) |",
        "|---|---|---|---|---|",
    ]
    for dataset, title in TITLES.items():
        number = next(n for n in (1, 2, 3) if TABLES[n].datasets == (dataset,))
        cells = [
            _cell(groups.get((number, dataset, variant), []), TABLES[number].normal)
            for variant in COLUMNS
        ]
        lines.append(f"| {title} | {PAPER_MEANS[dataset]} | {' | '.join(cells)} |")
    return "\n".join([*lines, END])


def replace_block(text, block):
    """A page with the part between the marks replaced.

    Args:
        text: the page.
        block: what `readme_block` returned.

    Returns:
        Text; unchanged where it has no marks.
    """
    pattern = re.escape(BEGIN) + ".*?" + re.escape(END)
    return re.sub(pattern, lambda _: block, text, flags=re.DOTALL)


def _cell(results, rows):
    summary, seeds = complete_summary(results, rows)
    if summary is None:
        return "not measured yet"
    deviation = summary["auroc"]["std_over_seeds"]
    spread = (
        f" ± {100 * deviation:.2f}, {seeds} seeds"
        if deviation is not None
        else ", one seed"
    )
    return f"{100 * summary['auroc']['mean']:.2f}{spread}"
