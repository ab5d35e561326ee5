"""`ModelSpec` of requests and responses."""

from serving.status import Code, ServingError


def check_present(request):
    """Refuses a request that names no model at all.

    Args:
        request: a message with a `model_spec`.

    Raises:
        ServingError: `INVALID_ARGUMENT`.
    """
    if not request.HasField("model_spec"):
        raise ServingError(Code.INVALID_ARGUMENT, "Missing ModelSpec")


def asked_version(spec):
    """int or None, the version that a `ModelSpec` pins; 0 is a legal one."""
    if spec.WhichOneof("version_choice") == "version":
        return spec.version.value
    return None


def held_version(core, request):
    """Holds the version that a request asks for.

    Args:
        core: `ServerCore`.
        request: a message with a `model_spec`.

    Returns:
        context manager of (int, servable).

    Raises:
        ServingError: as `ServerCore.handle` does, or if there is no spec.
    """
    check_present(request)
    return hold_version(core, request.model_spec)


def hold_version(core, spec):
    """Holds the version that a `ModelSpec` names; as `held_version`."""
    asks_label = spec.WhichOneof("version_choice") == "version_label"
    label = spec.version_label if asks_label else None
    return core.handle(spec.name, asked_version(spec), label)
