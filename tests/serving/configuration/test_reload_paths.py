import pytest
from tensorflow_serving.config import model_server_config_pb2

from serving.configuration.model_config import ModelConfig
from serving.configuration.reload_paths import ReloadPaths
from serving.status import Code, ServingError


def check(paths, path):
    config = model_server_config_pb2.ModelServerConfig()
    entry = config.model_config_list.config.add(name="m", base_path=path)
    entry.model_platform = "tensorflow"
    paths.check(config)


@pytest.fixture
def folders(tmp_path):
    for name in ("served/m", "more/n", "other", "served-too"):
        (tmp_path / name).mkdir(parents=True)
    return tmp_path


def test_only_configured_base_paths(folders):
    paths = ReloadPaths(lambda: [ModelConfig("m", str(folders / "served"))])
    for inside in ("served", "served/m", "served/../served"):
        check(paths, str(folders / inside))
    for outside in ("other", "served-too", "served/../other", ""):
        with pytest.raises(ServingError, match="--reload_base_paths") as caught:
            check(paths, f"{folders}/{outside}")
        assert caught.value.code is Code.PERMISSION_DENIED
        assert str(folders) not in caught.value.message


def test_links_do_not_lead_out(folders):
    (folders / "served" / "link").symlink_to(folders / "other")
    paths = ReloadPaths(lambda: [ModelConfig("m", str(folders / "served"))])
    with pytest.raises(ServingError):
        check(paths, str(folders / "served" / "link"))


def test_further_folders_and_any(folders):
    paths = ReloadPaths(list, [str(folders / "more")])
    check(paths, str(folders / "more" / "n"))
    with pytest.raises(ServingError):
        check(paths, str(folders / "other"))
    check(ReloadPaths(list, ["*"]), "/anywhere")
    check(ReloadPaths(list, ["/"]), "/anywhere")
