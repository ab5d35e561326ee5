"""`python -m pipeline status`: the runs of a root, and what is published."""

from pipeline.commands.file_systems import set_up_file_systems

HELP = "list the runs of a root, what each did, and what is serving"
EPILOG = None


def add_arguments(parser):
    """Adds the command's options to its parser."""
    parser.add_argument("--root", required=True, metavar="DIR")
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument(
        "--last", type=int, default=10, metavar="N", help="runs to list (default: 10)"
    )


def execute(arguments, beam_args):
    """Runs the command; returns its exit code."""
    import json

    from pipeline.storage import StoragePath

    set_up_file_systems(beam_args)
    root = StoragePath(arguments.root)
    found = describe(root, arguments.last)
    if arguments.json:
        print(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        print(_format(found))
    return 0


def describe(root, last):
    """Says what a root holds.

    Args:
        root: `StoragePath`.
        last: int, how many runs.

    Returns:
        dict of plain values: "runs" and "serving".
    """
    from pipeline.runs.run_record import RUNNING, read_runs
    from pipeline.serving_folder import SERVING, ServingFolder

    runs = []
    for record in read_runs(root)[-last:]:
        status = record.status
        if status == RUNNING and not record.is_alive(root):
            status = "killed"
        runs.append(
            {
                "name": record.name,
                "status": status,
                "started": record.started,
                "ended": record.ended,
                "data": record.config["data"],
                "used": len(record.used),
                "made": record.made,
                "error": record.error,
            }
        )
    serving = {}
    for name in (root / SERVING).folders():
        if not name.startswith("."):
            folder = ServingFolder(root / SERVING, name)
            serving[name] = {"versions": folder.versions(), "ledger": folder.ledger()}
    return {"root": str(root), "runs": runs, "serving": serving}


def _format(found):
    lines = [f"Runs in {found['root']}:" if found["runs"] else "No run yet."]
    for run in found["runs"]:
        made = f"{len(run['made'])} done, {run['used'] - len(run['made'])} reused"
        lines.append(
            f"  {run['name']}  {run['status']:<10}  {run['started'][:19]}  {made}  "
            f"{run['data']}"
        )
        if run["error"]:
            lines.append(f"      {run['error'].splitlines()[0]}")
    if found["serving"]:
        lines.append("Serving:")
    for name, one in found["serving"].items():
        newest = one["ledger"][-1] if one["ledger"] else {}
        back = newest.get("rolled_back_to")
        lines.append(
            f"  {name}  version {one['versions'][-1] if one['versions'] else 'none'}"
            + (f" (as version {back})" if back else "")
            + f"  published {newest.get('published', '')[:19]}"
        )
    return "\n".join(lines)
