"""What ends all scoring, in words that say what to do."""

import grpc

_CLOSED = (
    "no server answers at {target}: tried {attempts} times in {seconds:.1f} s "
    "({details}). Is it running, and is this its gRPC port? One is started by: "
    "novnorm-serve --model_name {model} --model_base_path DIR --port {port}"
)
_TLS_HINT = (
    " The other side speaks {other}: give the client {what} (--ca for a server with "
    "TLS, none for one without)."
)


class ScoringError(Exception):
    """The server cannot score at all, whatever the picture.

    Args:
        code: `grpc.StatusCode`.
        message: str.
    """

    def __init__(self, code, message):
        super().__init__(f"{code.name}: {message}")
        self.code = code
        self.message = message


def unreachable(error, target, model, attempts, seconds):
    """The error of a server that did not answer, or was too busy to.

    Args:
        error: `grpc.RpcError`, the last one.
        target: str, the address.
        model: str, the model asked for.
        attempts: int, how often it was tried.
        seconds: float, for how long.

    Returns:
        `ScoringError`.
    """
    details = error.details() or error.code().name
    if error.code() is not grpc.StatusCode.UNAVAILABLE:
        message = f"{details} (tried {attempts} times in {seconds:.1f} s)"
        return ScoringError(error.code(), message)
    port = target.rpartition(":")[2]
    message = _CLOSED.format(
        target=target,
        attempts=attempts,
        seconds=seconds,
        details=details,
        model=model,
        port=port if port.isdecimal() else "PORT",
    )
    return ScoringError(error.code(), message + _tls_hint(details))


def unknown_model(error, model, versions):
    """The error of a model, or a version, that is not served.

    Args:
        error: `ScoringError` with `NOT_FOUND`.
        model: str, the model asked for.
        versions: list of int, its versions that are served.

    Returns:
        `ScoringError` that says what is served, as far as the server tells.
    """
    if versions:
        known = ", ".join(map(str, versions))
        advice = (
            f"served of model {model!r}: version {known}; the newest is the default"
        )
    else:
        advice = (
            f"the server serves no model {model!r}. Its name is the one that the "
            "server was started with (--model_name, or `name` in the "
            "--model_config_file); novnorm-serve lists its models at /models of its "
            "REST port"
        )
    return ScoringError(error.code, f"{error.message}; {advice}")


def missing_signature(error, wanted, purpose, signatures):
    """The error of a model that was not exported for what is asked.

    Args:
        error: `ScoringError` with `FAILED_PRECONDITION`.
        wanted: str, the signature asked for.
        purpose: str, what it does.
        signatures: iterable of str, those that the model has.

    Returns:
        `ScoringError` that names both.
    """
    known = ", ".join(sorted(signatures)) or "none"
    message = (
        f"the model has no signature {wanted!r}, which {purpose}; it has: {known}. "
        "Detectors exported by NovNorm have it: is this one of them, and a recent one?"
    )
    return ScoringError(error.code, message)


def _tls_hint(details):
    words = details.lower()
    if "wrong_version_number" in words or "wrong version number" in words:
        return _TLS_HINT.format(other="no TLS", what="no certificate")
    if "certificate" in words or "handshake" in words or "socket closed" in words:
        return _TLS_HINT.format(other="TLS, or trusts another", what="its certificate")
    return ""
