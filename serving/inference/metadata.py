"""Signatures and version states as the protocol's messages."""

from tensorflow_serving.apis import get_model_metadata_pb2, get_model_status_pb2

from serving.error_text import without_paths
from serving.status import Code, ServingError

SIGNATURE_FIELD = "signature_def"


def signature_map(servable):
    """All signatures of a version.

    Args:
        servable: a loaded version.

    Returns:
        `SignatureDefMap`.
    """
    message = get_model_metadata_pb2.SignatureDefMap()
    for key, signature in servable.signatures.items():
        message.signature_def[key].CopyFrom(signature)
    return message


def check_fields(fields):
    """Refuses a metadata request for anything but the signatures.

    Args:
        fields: sequence of str.

    Raises:
        ServingError: `INVALID_ARGUMENT` if there is none, or an unknown one.
    """
    if not fields:
        message = (
            "GetModelMetadataRequest must specify at least one metadata_field, "
            f"namely {SIGNATURE_FIELD!r}"
        )
        raise ServingError(Code.INVALID_ARGUMENT, message)
    for field in fields:
        if field != SIGNATURE_FIELD:
            message = f"Metadata field {field} is not supported"
            raise ServingError(Code.INVALID_ARGUMENT, message)


def status_response(states, show_paths=False):
    """The states of a model's versions.

    Args:
        states: list of (int, `State`, `ServingError` or None).
        show_paths: bool, leave the server's paths in the errors of failed loads.

    Returns:
        `GetModelStatusResponse`, in the same order.
    """
    response = get_model_status_pb2.GetModelStatusResponse()
    for number, state, error in states:
        entry = response.model_version_status.add(version=number, state=state.value)
        entry.status.SetInParent()
        if error is not None:
            entry.status.error_code = error.code.number
            text = error.message if show_paths else without_paths(error.message)
            entry.status.error_message = text
    return response
