"""`python -m pipeline lineage`: what a run or a piece of work was made from."""

from pipeline.commands.file_systems import set_up_file_systems

HELP = "show what results were made from, as text and as a picture"
EPILOG = (
    "WHAT is the name of a run (or LAST), COMPONENT/FINGERPRINT, a path to a result, "
    "or NAME/VERSION of a published model."
)


def add_arguments(parser):
    """Adds the command's options to its parser."""
    parser.add_argument("what", nargs="?", default="LAST", metavar="WHAT")
    parser.add_argument("--root", required=True, metavar="DIR")
    parser.add_argument("--svg", metavar="FILE", help="draw it, too")


def execute(arguments, beam_args):
    """Runs the command; returns its exit code."""
    import pathlib

    from pipeline.runs.lineage import ancestors, read_lineage
    from pipeline.runs.lineage_picture import draw_lineage
    from pipeline.storage import StoragePath

    set_up_file_systems(beam_args)
    root = StoragePath(arguments.root)
    nodes = read_lineage(root)
    wanted = _resolve(root, nodes, arguments.what)
    shown = []
    for short in wanted:
        shown += [one for one in ancestors(nodes, short) if one not in shown]
    for short in shown:
        print("\n".join(_describe(nodes[short], nodes)))
    if arguments.svg:
        path = pathlib.Path(arguments.svg)
        path.write_text(draw_lineage({one: nodes[one] for one in shown}), "utf-8")
        print(f"drawn in {path}")
    return 0


def _resolve(root, nodes, what):
    from pipeline.artifacts.attempt_folder import work_of
    from pipeline.pipeline_error import UsageError
    from pipeline.runs.run_record import find_run
    from pipeline.serving_folder import SERVING, ServingFolder

    short = "/".join(what.rstrip("/").split("/")[-2:])
    if short in nodes:
        return [short]
    for node in nodes.values():
        folder = str(root / node.short)
        if what.startswith((f"{folder}/", f"{node.short}/")):
            return [node.short]
    name, _, version = what.rpartition("/")
    if version.isdecimal():
        name = name.split("/")[-1]
        for entry in ServingFolder(root / SERVING, name).ledger():
            if entry["version"] == int(version):
                export = work_of(entry["artifact"])
                pushes = [
                    node.short
                    for node in nodes.values()
                    if node.component == "push" and export in node.inputs
                ]
                return pushes[-1:] or [export]
    if "/" in what:
        raise UsageError(f"Nothing finished in {root} is {what!r}. {EPILOG}")
    return find_run(root, what).used


def _describe(node, nodes):
    from pipeline.artifacts.attempt_folder import work_of

    manifest = node.manifest
    commit = (manifest.get("commit") or "unknown")[:10]
    yield (
        f"{node.short}  {manifest.get('label', '')}  {manifest['ended'][:19]}  "
        f"{manifest['seconds']:.1f} s  on {manifest['machine']['host']}"
    )
    yield (
        f"  content {manifest['digest']}  code {manifest['code'][:10]}  commit {commit}"
    )
    changed = {k: v for k, v in manifest["parameters"].items() if v is not None}
    if changed:
        yield "  " + ", ".join(f"{key}={value}" for key, value in changed.items())
    for name, fingerprint in manifest["inputs"].items():
        place = manifest["sources"].get(name)
        source = work_of(place) if place else "outside"
        gone = "" if source in nodes or not place else " (gone)"
        if fingerprint != "none":
            yield f"  <- {name}: {source}{gone}  {fingerprint[:16]}"
