"""Which models to serve: `ModelServerConfig` read and checked."""

import dataclasses
import os

from google.protobuf import text_format
from tensorflow_serving.config import model_server_config_pb2

from serving.status import Code, ServingError
from serving.versions.version_policy import All, Latest, Specific

PLATFORM = "tensorflow"


@dataclasses.dataclass(frozen=True)
class ModelConfig:
    """One model to serve.

    Args:
        name: str, its name in requests.
        base_path: str, the folder of its version folders.
        policy: `Latest`, `All` or `Specific`.
        labels: dict of str to int, names for versions.
    """

    name: str
    base_path: str
    policy: object = Latest()
    labels: dict = dataclasses.field(default_factory=dict)


def read_file(path):
    """Reads a `--model_config_file`.

    Args:
        path: str.

    Returns:
        `ModelServerConfig`.

    Raises:
        ServingError: `NOT_FOUND` if it cannot be read, `INVALID_ARGUMENT` if it
            is no text-format `ModelServerConfig`.
    """
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except (OSError, UnicodeDecodeError) as error:
        message = f"--model_config_file {path!r} cannot be read: {error}"
        raise ServingError(Code.NOT_FOUND, message) from None
    config = model_server_config_pb2.ModelServerConfig()
    try:
        return text_format.Parse(text, config)
    except text_format.ParseError as error:
        raise _invalid(
            "Error parsing text-format tensorflow.serving.ModelServerConfig: "
            f"{error} (in {path!r})"
        ) from None


def read(config):
    """Reads and checks the models of a `ModelServerConfig`.

    Args:
        config: `ModelServerConfig`. One without anything set has no models.

    Returns:
        list of `ModelConfig`.

    Raises:
        ServingError: `INVALID_ARGUMENT`, naming model and field.
    """
    models = {}
    for entry in config.model_config_list.config:
        if not entry.name:
            raise _invalid("a model in the config list has no name")
        if entry.name in models:
            raise _invalid(
                f"model {entry.name!r} appears multiple times in config list"
            )
        _check_platform(entry)
        if entry.HasField("logging_config"):
            raise _invalid(
                f"model {entry.name!r} asks for request logs: No "
                "request-logger-creator provided; remove its logging_config"
            )
        models[entry.name] = ModelConfig(
            entry.name,
            absolute(entry.base_path, f"model {entry.name!r}"),
            _policy(entry),
            dict(entry.version_labels),
        )
    return list(models.values())


def absolute(base_path, owner):
    """Checks a base path.

    Args:
        base_path: str; `file://` may stand before it.
        owner: str, whose it is, for the message.

    Returns:
        str, without `file://` and without a slash at the end.

    Raises:
        ServingError: `INVALID_ARGUMENT` if it is relative or of another store.
    """
    path = base_path.removeprefix("file://")
    if "://" in path:
        raise _invalid(
            f"{owner}: base_path {base_path!r} is not on a file system that is mounted "
            "here; mount the store, and give the folder"
        )
    if not os.path.isabs(path):
        raise _invalid(
            f"{owner}: expected an absolute path or URI; got base_path={base_path!r}"
        )
    return os.path.normpath(path)


def _check_platform(entry):
    if entry.model_platform and entry.model_type:
        raise _invalid(
            f"model {entry.name!r}: both model_platform and model_type are set; "
            "model_type is deprecated, remove it"
        )
    by_type = {0: "", 1: PLATFORM}.get(entry.model_type, "other")
    platform = entry.model_platform or by_type
    if platform != PLATFORM:
        raise _invalid(
            f"model {entry.name!r}: model_platform {platform!r} is not supported; "
            f'write model_platform: "{PLATFORM}"'
        )


def _policy(entry):
    policy = entry.model_version_policy
    choice = policy.WhichOneof("policy_choice")
    if choice == "all":
        return All()
    if choice == "specific":
        if not policy.specific.versions:
            raise _invalid(
                f"model {entry.name!r}: model_version_policy is specific, but names no "
                "versions"
            )
        return Specific(frozenset(policy.specific.versions))
    return Latest(policy.latest.num_versions or 1)


def _invalid(message):
    return ServingError(Code.INVALID_ARGUMENT, message)
