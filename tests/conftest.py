"""Options and fixtures shared by all tests."""

import contextlib
import fcntl
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import pytest

if "PYTEST_XDIST_WORKER" in os.environ:
    # As many workers as cores: threads of one would only wait for the others'.
    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(name, "1")

BEGIN = pytest.StashKey()
TOGETHER = ("tests/novnorm/", "tests/serving/")


def pytest_addoption(parser):
    parser.addoption("--slow", action="store_true", help="also run the slow tests")
    parser.addoption(
        "--slow-for",
        type=float,
        metavar="MINUTES",
        help="run the slow tests alone, and begin none after this time",
    )


def pytest_configure(config):
    config.stash[BEGIN] = time.monotonic()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    from xdist.scheduler import LoadFileScheduling

    # Each worker prepares anew what its tests share: a file is a worker's, and so are
    # the folders where one training or one server is for all files.
    class LoadFileOrFolder(LoadFileScheduling):
        def _split_scope(self, nodeid):
            for folder in TOGETHER:
                if nodeid.startswith(folder):
                    return folder
            return super()._split_scope(nodeid)

    if config.getvalue("dist") == "loadfile":
        return LoadFileOrFolder(config, log)


def pytest_collection_modifyitems(config, items):
    if config.getoption("--slow"):
        return
    if config.getoption("--slow-for") is not None:
        fast = [item for item in items if "slow" not in item.keywords]
        config.hook.pytest_deselected(items=fast)
        items[:] = [item for item in items if "slow" in item.keywords]
        return
    skip = pytest.mark.skip(reason="slow: run with --slow")
    for item in items:
        if "slow" in item.keywords:
            item.add_marker(skip)


def pytest_runtest_setup(item):
    minutes = item.config.getoption("--slow-for")
    if minutes is None:
        return
    if time.monotonic() > item.config.stash[BEGIN] + 60 * minutes:
        pytest.skip("the time for slow tests is over")


def pytest_sessionfinish(session, exitstatus):
    """Fails where time was so short that no test ran."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if session.config.getoption("--slow-for") is None or reporter is None:
        return
    if exitstatus == 0 and not reporter.stats.get("passed"):
        session.exitstatus = pytest.ExitCode.NO_TESTS_COLLECTED


# Imported within: the tests of serving need neither.
@pytest.fixture(scope="session")
def digits():
    """Pictures of scikit-learn's digits: dictionary of uint8 `[N, 8, 8, 1]`."""
    import numpy as np
    from sklearn.datasets import load_digits

    images, classes = load_digits(return_X_y=True)
    images = np.rint(images.reshape(-1, 8, 8, 1) * (255 / 16)).astype("uint8")
    normal, novel = images[classes == 8], images[classes != 8]
    return {
        "train": normal[:110],
        "calibration": normal[110:150],
        "test_normal": normal[150:],
        "test_novel": novel[:100],
    }


@contextlib.contextmanager
def made_once(config, tmp_path_factory, name):
    """Path of what one worker makes, and all others wait for and find."""
    folder = tmp_path_factory.getbasetemp()
    if hasattr(config, "workerinput"):
        folder = folder.parent
    path = folder / name
    with open(folder / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # given back by a worker that dies
        yield path


@pytest.fixture(scope="session")
def trained(digits, tmp_path_factory, pytestconfig):
    """A calibrated detector of the digit 8; not to be changed by a test."""
    import keras

    from keras_novnorm import NoveltyDetector

    with made_once(pytestconfig, tmp_path_factory, "trained.keras") as path:
        if not path.exists():
            keras.utils.set_random_seed(0)
            detector = NoveltyDetector.from_preset("digits")
            detector.compile()
            detector.fit(digits["train"], epochs=60, verbose=0)
            detector.adapt(digits["train"], verbose=0)
            detector.calibrate(digits["calibration"], target_fpr=0.05)
            detector.save(path)
    return keras.saving.load_model(path)


@pytest.fixture(scope="session")
def trained_export(trained, tmp_path_factory, pytestconfig):
    """Version folder of its export; not to be changed by a test, but copied."""
    from keras_novnorm.export import export_saved_model

    with made_once(pytestconfig, tmp_path_factory, "trained_export") as path:
        if not (path / "1").exists():
            export_saved_model(trained, path)
    return path / "1"
