"""Predict: checks a request against a signature, runs it, returns its outputs."""

from serving.inference import signature_checks, tensor_codec
from serving.status import Code, ServingError, from_exception

DEFAULT_SIGNATURE = "serving_default"
_METHODS = tuple(f"tensorflow/serving/{n}" for n in ("predict", "classify", "regress"))


def find_signature(servable, key, check_method=False):
    """Looks a signature up.

    Args:
        servable: the version that answers.
        key: str; empty means `serving_default`.
        check_method: bool, refuse one whose method name is none of TF Serving's.

    Returns:
        tuple of str and `SignatureDef`: the resolved key, the signature.

    Raises:
        ServingError: `FAILED_PRECONDITION`, naming the signatures there are, or
            `INTERNAL` for a method name that is refused.
    """
    key = key or DEFAULT_SIGNATURE
    signature = servable.signatures.get(key)
    if signature is None:
        names = ", ".join(sorted(servable.signatures))
        message = f'Serving signature key "{key}" not found. Signatures are: {names}'
        raise ServingError(Code.FAILED_PRECONDITION, message)
    if check_method and signature.method_name not in _METHODS:
        message = (
            "Expected prediction signature method_name to be one of "
            f"{{{', '.join(_METHODS)}}}. Was: {signature.method_name}"
        )
        raise ServingError(Code.INTERNAL, message)
    return key, signature


def select_outputs(signature, output_filter):
    """Says which outputs to compute.

    Args:
        signature: `SignatureDef`.
        output_filter: sequence of str; empty means all.

    Returns:
        dict of str to `TensorInfo`, by alias.

    Raises:
        ServingError: `INVALID_ARGUMENT` for an unknown or repeated alias.
    """
    if not output_filter:
        return dict(signature.outputs)
    chosen = {}
    for alias in output_filter:
        if alias not in signature.outputs:
            known = ",".join(sorted(signature.outputs))
            message = (
                f"output tensor alias not found in signature: {alias} "
                f"Outputs expected to be in the set {{{known}}}."
            )
            raise ServingError(Code.INVALID_ARGUMENT, message)
        if alias in chosen:
            message = f"duplicate output tensor alias: {alias}"
            raise ServingError(Code.INVALID_ARGUMENT, message)
        chosen[alias] = signature.outputs[alias]
    return chosen


def decode_inputs(signature, protos, most_bytes=None):
    """Checks the names of the inputs and reads their tensors.

    Args:
        signature: `SignatureDef`.
        protos: mapping of str to `TensorProto`, by alias.
        most_bytes: int, of all tensors once they are decoded, or None for no limit.

    Returns:
        dict of str to array, by alias, defaults of the signature filled in.

    Raises:
        ServingError: `INVALID_ARGUMENT` for wrong names, undecodable tensors or
            more bytes than are allowed.
    """
    signature_checks.check_names(signature, protos)
    arrays, size = {}, 0
    for alias in signature.inputs:
        proto = protos[alias] if alias in protos else signature.defaults[alias]
        try:
            size += tensor_codec.decoded_bytes(proto)
            if most_bytes is not None and size > most_bytes:
                message = (
                    f"with it the request would take {size} bytes, at most "
                    f"{most_bytes} are allowed (--max_request_mb)"
                )
                raise ServingError(Code.INVALID_ARGUMENT, message)
            arrays[alias] = tensor_codec.decode(proto)
        except ServingError as error:
            message = f"tensor parsing error: {alias}: {error.message}"
            raise ServingError(error.code, message) from None
    return arrays


def run(servable, signature, arrays, outputs, timeout=None, has_gone=None):
    """Runs a signature.

    Shapes are left to the graph, as TF Serving leaves them, unless the servable is
    strict.

    Args:
        servable: the version that answers.
        signature: `SignatureDef`.
        arrays: dict of str to array, by input alias.
        outputs: dict of str to `TensorInfo`, by output alias.
        timeout: float, seconds after which the run is given up, or None.
        has_gone: function, true once nobody waits any more; or None.

    Returns:
        dict of str to array, by output alias.

    Raises:
        ServingError: `INVALID_ARGUMENT` for a wrong dtype, or a wrong shape if the
            servable is strict; `DEADLINE_EXCEEDED` after the timeout; else the
            code of the op that failed, with what the signature takes and what came.
    """
    signature_checks.check_arrays(signature, arrays, servable.strict)
    feeds = {signature.inputs[alias].name: array for alias, array in arrays.items()}
    names = [info.name for info in outputs.values()]
    try:
        gone = {} if has_gone is None else {"has_gone": has_gone}
        values = servable.run(feeds, names, timeout, **gone)
    except Exception as error:
        found = from_exception(error)
        raise signature_checks.explained(found, signature, arrays) from error
    return {alias: values[info.name] for alias, info in outputs.items()}


def encode_outputs(outputs, arrays, protos, as_content=False):
    """Writes the outputs into a response.

    Args:
        outputs: dict of str to `TensorInfo`, by alias.
        arrays: dict of str to array, by alias.
        protos: map of str to `TensorProto`, filled in place.
        as_content: bool, `tensor_content` in the place of the typed fields; strings
            have none that clients read, and keep `string_val`.
    """
    for alias, info in outputs.items():
        if as_content and arrays[alias].dtype != object:
            proto = protos[alias]
            proto.dtype = info.dtype
            proto.tensor_shape.SetInParent()
            for size in arrays[alias].shape:
                proto.tensor_shape.dim.add(size=size)
            proto.tensor_content = arrays[alias].tobytes()
            continue
        content = tensor_codec.serialize(arrays[alias], info.dtype)
        protos[alias].MergeFromString(content)
