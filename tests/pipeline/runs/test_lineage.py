"""Results are traced to what they were made from; what nobody needs can go."""

import xml.etree.ElementTree

import pytest

from pipeline.artifacts import ArtifactStore
from pipeline.artifacts.lease import hold
from pipeline.artifacts.manifest import read_manifest
from pipeline.component import Outputs
from pipeline.main import main
from pipeline.run_config import RunConfig
from pipeline.runs.garbage import find_garbage
from pipeline.runs.lineage import ancestors, read_lineage
from pipeline.runs.lineage_picture import draw_lineage
from pipeline.runs.run_record import begin, kept, read_runs
from pipeline.storage import StoragePath
from tests.pipeline.runs.small_work import (
    Parameters,
    Prepare,
    PrepareInputs,
    Source,
    Train,
    TrainInputs,
)


def test_work_is_traced_to_its_sources(root, work):
    record = work()
    prepare, train = record.used
    nodes = read_lineage(root)
    assert nodes[train].inputs == (prepare,) and nodes[prepare].inputs == ()
    assert ancestors(nodes, train) == [prepare, train]
    assert nodes[train].title == "train 8"


def test_the_picture_shows_each_piece_once(root, work):
    work()
    work(seed=1)
    document = xml.etree.ElementTree.fromstring(draw_lineage(read_lineage(root)))
    space = "{http://www.w3.org/2000/svg}"
    assert len(document.findall(f".//{space}rect")) == 3
    assert len(document.findall(f".//{space}path")) == 2


def test_the_command_shows_text_and_draws(root, work, capsys, tmp_path):
    record = work()
    svg = tmp_path / "lineage.svg"
    arguments = ["lineage", record.used[1], "--root", str(root), "--svg", str(svg)]
    assert main(arguments) == 0
    said = capsys.readouterr().out
    assert f"<- examples: {record.used[0]}" in said and "seed=0" in said
    assert svg.read_text(encoding="utf-8").startswith("<svg")
    assert main(["lineage", "train/unknown", "--root", str(root)]) == 2
    assert "Nothing finished" in capsys.readouterr().err


def test_two_runs_are_compared(root, work, capsys):
    first, second = work(auroc=0.9), work("b", 1, auroc=0.95)
    assert main(["diff", first.name, "--root", str(root)]) == 0
    said = capsys.readouterr().out
    assert f"{first.name} -> {second.name}" in said
    assert "seeds: [0] -> [1]" in said
    assert "prepare: its input source changed" in said
    assert "train 8: seed changed from 0 to 1, its input examples changed" in said
    assert "digits8 auroc: 0.9 -> 0.95" in said
    assert main(["diff", second.name, second.name, "--root", str(root)]) == 0
    assert "no difference" in capsys.readouterr().out


def test_status_lists_runs_and_what_they_did(root, work, capsys):
    work()
    work()
    assert main(["status", "--root", str(root)]) == 0
    said = capsys.readouterr().out
    assert "2 done, 0 reused" in said and "0 done, 2 reused" in said
    assert main(["status", "--root", str(root), "--json"]) == 0
    assert '"status": "done"' in capsys.readouterr().out


@pytest.fixture
def four_runs(work):
    """Runs on four sources; the first is older than what is kept."""
    return [work(mark) for mark in "abcd"]


def test_what_the_last_runs_rest_on_is_kept(root, four_runs):
    found = find_garbage(root, keep_runs=3, min_age=0)
    places = [path.relative_to(root) for path, _, _ in found]
    assert places == four_runs[0].used
    assert {why for _, why, _ in found} == {"no kept run rests on it"}
    assert all(size > 0 for _, _, size in found)
    assert find_garbage(root, keep_runs=3, min_age=3600) == []


def test_unfinished_and_spare_attempts_go(root, four_runs):
    place = root / four_runs[3].used[0]
    (place / "spare" / "half.txt").write_text("x")
    (root / "train" / "unfinished" / "a" / "half.txt").write_text("x")
    why = {why for _, why, _ in find_garbage(root, keep_runs=4, min_age=0)}
    assert why == {"never finished", "an attempt left over"}


@pytest.fixture
def live_run(root):
    """A run that goes on; gives its store, which tells the record what it uses."""
    record = begin(root, RunConfig("sklearn:digits", str(root)))

    def note(store):
        record.note(store)
        record.write(root)

    with kept(root, record):
        yield ArtifactStore(root, run=record.name, on_use=note)
    assert read_runs(root)[-1].works_on == []


def test_what_a_live_run_reuses_is_kept(root, four_runs, live_run):
    prepare, train = four_runs[0].used
    prepared = live_run.produce(Prepare(PrepareInputs(Source("a")), Parameters()))
    assert str(prepared.directory).startswith(str(root / prepare))
    places = [p.relative_to(root) for p, _, _ in find_garbage(root, 3, 0)]
    assert places == [train]


def test_what_a_live_run_works_on_is_kept_with_what_it_is_made_of(
    root, four_runs, live_run
):
    prepare, train = four_runs[0].used
    manifest = read_manifest(root / prepare)
    prepared = Outputs(root / prepare / manifest["attempt"], manifest["digest"])
    found = []

    class Looking(Train):
        def execute(self, outputs, context):
            (context.keep / "checkpoint").write_text("half")
            # As in a bucket, where nothing is held.
            (root / ".leases" / f"train-{outputs.directory.parent.name}").delete()
            found.extend(find_garbage(root, 3, 0))

    live_run.produce(Looking(TrainInputs(prepared), Parameters(7)))
    assert [path.relative_to(root) for path, _, _ in found] == [train]


def test_what_is_held_is_kept_with_what_it_is_made_of(root, four_runs):
    prepare, train = four_runs[0].used
    with hold(root, [train.replace("/", "-")], print):
        assert find_garbage(root, keep_runs=3, min_age=0) == []


def test_the_pictures_a_live_run_will_test_on_are_kept(root, four_runs, live_run):
    evaluation_set = StoragePath(four_runs[0].summary["evaluation_set"])
    live_run.rests_on.append(evaluation_set)
    live_run.produce(Prepare(PrepareInputs(Source("b")), Parameters()))
    places = [p.relative_to(root) for p, _, _ in find_garbage(root, 3, 0)]
    assert places == four_runs[0].used[1:]


def test_gc_deletes_only_when_told(root, four_runs, capsys):
    command = ["gc", "--root", str(root), "--min-age", "0"]
    assert main(command) == 0
    assert "2 places" in capsys.readouterr().out
    assert len(read_lineage(root)) == 8
    assert main([*command, "--delete"]) == 0
    assert "deleted" in capsys.readouterr().out
    assert len(read_lineage(root)) == 6
    assert main([*command, "--keep", "0"]) == 2
