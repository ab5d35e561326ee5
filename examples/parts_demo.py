"""Real parts, the whole way: `make demo-parts`.

Pictures of a metal part are made, some with defects. A detector learns the good ones
through a frozen network, without training; it is calibrated, tested and exported; its
report and heat maps are written; it is served on a free port and asked through gRPC.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import time

COUNTS = ("--train", "60", "--good", "12", "--bad", "10")
HEAT_MAPS = 5


def main():
    """Run the demo.

    Returns:
        Exit code: 0, or that of the step that failed.
    """
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", default="runs/parts", help="where results lie")
    root = pathlib.Path(parser.parse_args().root)
    start = time.monotonic()
    for title, words in steps(root):
        print(f"== {title}", flush=True)
        if code := subprocess.call(words):
            return code
    record = json.loads((root / "run" / "run.json").read_text("utf-8"))
    print("== Served: the same pictures, scored through gRPC")
    for row in serve_and_score(record["export"], defects(root)):
        verdict = "novel" if row["is_novel"] else "normal"
        numbers = f"score {row['score']:.2f}  p {row['p_value']:.3f}"
        print(f"{row['file']}  {numbers}  {verdict}")
    print(f"\nReport     {root / 'run' / 'report.html'}")
    print(f"Heat maps  {root / 'heat-maps'}")
    print(f"Open them. Done in {time.monotonic() - start:.0f} s.")
    print(
        "Serve it again: .venv/bin/novnorm-serve --model_name parts "
        f"--model_base_path {pathlib.Path(record['export']).parent}"
    )
    return 0


def steps(root):
    """The commands that it is made of.

    Args:
        root: `pathlib.Path`, where results lie.

    Yields:
        Pairs of a title and the words of a command.
    """
    parts, run, maps = root / "metal", root / "run", root / "heat-maps"
    novnorm = str(pathlib.Path(sys.executable).with_name("novnorm"))
    yield (
        "Pictures of a metal part, good and defective",
        [
            *(sys.executable, "-m", "benchmarks.made_parts", str(root)),
            *("--set", "metal", *COUNTS),
        ],
    )
    yield (
        "From good pictures to a detector, a report and an export",
        [
            *(novnorm, "train", str(parts), "--out", str(run), "--yes"),
            *("--pixels", "82944"),  # 288 x 288: enough for these, and quicker
        ],
    )
    chosen = [str(path) for path in defects(root)]
    yield (
        "Heat maps of defects",
        [novnorm, "score", str(run), *chosen, "--heat-maps", str(maps)],
    )


def defects(root):
    """One picture of each defect, a list of `pathlib.Path`."""
    folders = sorted((root / "metal" / "test").glob("*"))
    found = [sorted(one.glob("*.png"))[0] for one in folders if one.name != "good"]
    return found[:HEAT_MAPS]


def serve_and_score(export, pictures):
    """Serve an export and score pictures by it.

    Args:
        export: path of its version folder.
        pictures: list of paths.

    Returns:
        List of dictionaries, one for each picture.
    """
    from serving.client import ScoringClient
    from serving.local_server import LocalServer

    with (
        LocalServer("parts", pathlib.Path(export).parent) as server,
        ScoringClient(server.target, "parts") as client,
    ):
        return list(client.score_files([str(path) for path in pictures]))


if __name__ == "__main__":
    sys.exit(main())
