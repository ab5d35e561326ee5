"""Every block of code of the pages runs, and every command line is one that exists."""

import argparse
import ast
import functools
import importlib
import importlib.util
import pathlib
import re
import shlex
import shutil

import pytest

ROOT = pathlib.Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/**/*.md")]
BLOCK = re.compile(r"^```([\w-]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
SHELL = ("sh", "bash", "")
"""Without a language: a command where it begins with a tool of ours."""

SLOW = {
    "README.md",
    "docs/tutorials/adding_a_term.md",  # docs/terms.md is fast
    "docs/tutorials/mnist_in_keras.md",
}
FOREIGN = {"curl", "docker", "pip", "tensorflow_model_server", "mkdocs", "cd", "export"}
OMITTED = {"...", "OPTIONS", "&"}


def name_of(page):
    return page.relative_to(ROOT).as_posix()


def blocks_of(page, *languages):
    found = BLOCK.findall(page.read_text("utf-8"))
    return [(language, code) for language, code in found if language in languages]


PYTHON_PAGES = [
    pytest.param(
        page,
        id=name_of(page),
        marks=[pytest.mark.slow] if name_of(page) in SLOW else [],
    )
    for page in PAGES
    if blocks_of(page, "python")
]


@pytest.fixture
def stand_ins(digits, tmp_path, monkeypatch):
    """Small data in the place of what a page loads, and a folder to write to."""
    import numpy as np
    import tensorflow_datasets as tfds

    from keras_novnorm import NoveltyDetector

    def load(name, split, as_supervised=False, **_):
        import tensorflow as tf

        assert as_supervised and name == "mnist", name
        images = digits["train"] if split == "train" else digits["test_novel"]
        images = images.repeat(3, 1).repeat(3, 2)
        images = np.pad(images, [(0, 0), (2, 2), (2, 2), (0, 0)])
        # Normals enough for the 900 that the pages hold out.
        count, labels = (940, [8]) if split == "train" else (40, [8, 3])
        images = np.resize(images, (count, 28, 28, 1))
        # No two alike: what was trained on is told when it calibrates.
        grain = np.random.default_rng(0).integers(0, 9, images.shape, "uint8")
        images = np.minimum(images, 246) + grain
        return tf.data.Dataset.from_tensor_slices((images, np.resize(labels, count)))

    fit = NoveltyDetector.fit

    @functools.wraps(fit)
    def fit_shortly(self, *arguments, **options):
        return fit(self, *arguments, **{**options, "epochs": 1, "verbose": 0})

    monkeypatch.setattr(tfds, "load", load)
    monkeypatch.setattr(NoveltyDetector, "fit", fit_shortly)
    monkeypatch.chdir(tmp_path)
    return {"__name__": "a_users_module"}


@pytest.fixture(scope="module")
def files(digits, tmp_path_factory):
    """The files that pages have from elsewhere: a detector, and new normals."""
    import numpy as np

    from keras_novnorm import NoveltyDetector

    folder = tmp_path_factory.mktemp("files")
    detector = NoveltyDetector.from_preset("digits")
    detector.adapt(digits["train"], verbose=0)
    detector.calibrate(digits["calibration"], target_fpr=0.05)
    detector.save(folder / "detector.keras")
    # Under a weaker lamp.
    np.save(folder / "new_normals.npy", np.uint8(digits["train"] * 0.9))
    return folder


@pytest.mark.parametrize("page", PYTHON_PAGES)
@pytest.mark.filterwarnings("ignore::keras_novnorm.CollapseWarning")
def test_python_runs(page, stand_ins, tmp_path, request):
    blocks = [code for _, code in blocks_of(page, "python")]
    if any('load_model("detector.keras")' in code for code in blocks):
        shutil.copytree(request.getfixturevalue("files"), tmp_path, dirs_exist_ok=True)
    for number, code in enumerate(blocks, 1):
        exec(compile(code, f"{name_of(page)}, block {number}", "exec"), stand_ins)


@pytest.mark.parametrize("name", sorted(SLOW))
def test_what_slow_pages_import_is_there(name):
    code = "\n".join(code for _, code in blocks_of(ROOT / name, "python"))
    nodes = [
        n for n in ast.parse(code).body if isinstance(n, ast.Import | ast.ImportFrom)
    ]
    assert nodes
    for node in nodes:
        exec(ast.unparse(node), {})


class Parsed(Exception):  # noqa: N818
    """A command line was understood."""


def parse_only(main, words, monkeypatch):
    """Calls a `main` up to where it has parsed `words`."""
    parse_args = argparse.ArgumentParser.parse_args

    def parse(self, args=None, namespace=None):
        parse_args(self, words, namespace)
        raise Parsed

    with monkeypatch.context() as patch:
        patch.setattr(argparse.ArgumentParser, "parse_args", parse)
        with pytest.raises(Parsed):
            main()


def check_novnorm(words, _):
    from novnorm.main import make_parser

    make_parser().parse_args(words)


def check_serve(words, _):
    from serving.configuration.flags import parse

    assert parse(words)[1] == []


def check_make(words, _):
    text = (ROOT / "Makefile").read_text("utf-8")
    for word in words:
        assert "=" in word or re.search(rf"^{word}:", text, re.MULTILINE), word


def check_pipeline(words, _):
    from pipeline.beam_options import check_beam_args
    from pipeline.main import _make_parser

    check_beam_args(_make_parser().parse_known_args(words)[1])


def check_client(words, _):
    from serving.client.options import parse

    parse(words)


def check_pytest(words, _):
    options = "".join(p.read_text("utf-8") for p in ROOT.glob("tests/**/conftest.py"))
    for word in words:
        if word.startswith("tests/"):
            assert (ROOT / word).exists(), word
        elif word.startswith("--"):
            assert f'"{word}"' in options, word


def check_module(name, words, monkeypatch):
    spec = importlib.util.find_spec(name)
    assert spec, f"there is no module {name}"
    if not name.startswith(("benchmarks", "examples", "pipeline")):
        return
    if spec.submodule_search_locations:
        name += ".__main__"
    parse_only(importlib.import_module(name).main, words, monkeypatch)


MODULES = {
    "pipeline": check_pipeline,
    "serving.client": check_client,
    "serving.main": check_serve,
    "pytest": check_pytest,
}


def check_python(words, monkeypatch):
    assert words[0] == "-m", words
    module, *rest = words[1:]
    if module in MODULES:
        MODULES[module](rest, monkeypatch)
    else:
        check_module(module, rest, monkeypatch)


TOOLS = {
    "novnorm": check_novnorm,
    "novnorm-serve": check_serve,
    "make": check_make,
    "python": check_python,
}


def commands_of(page):
    """Yields words of each command line, and whether they must be known."""
    for language, code in blocks_of(page, *SHELL):
        for line in re.sub(r"\\\n\s*", "", code).splitlines():
            head = line.split(" ", 1)[0].removeprefix(".venv/bin/")
            if head in TOOLS:
                words = re.split(r" (?:\||>|2>) ", line)[0]
                yield shlex.split(words, comments=True)
            elif language and line.strip() and not line.startswith("#"):
                # Lines that begin with a blank go on with a foreign command.
                assert head in FOREIGN or line.startswith(" "), f"what is {line!r}?"
    for span in re.findall(r"`(python -m benchmarks\.[^`]+)`", page.read_text("utf-8")):
        yield shlex.split(span)


def complete(words):
    """Fills in what a page leaves out as `...`."""
    kept = [word for word in words if word not in OMITTED]
    if "..." in words and "run" in words:
        for option in ("--data", "--root"):
            if option not in kept:
                kept += [option, "folder:DIR"]
    return kept


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_command_lines_are_understood(page, monkeypatch, capsys):
    for words in commands_of(page):
        head, *rest = complete(words)
        try:
            TOOLS[head.removeprefix(".venv/bin/")](rest, monkeypatch)
        except SystemExit:
            pytest.fail(f"{shlex.join(words)}\n{capsys.readouterr().err}")
