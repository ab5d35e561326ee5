"""Whether a SavedModel's files are all there, before TensorFlow loads them."""

import os

from google.protobuf.message import DecodeError
from tensorflow.core.protobuf import saved_model_pb2

from serving.status import Code, ServingError

_VARIABLE_OPS = frozenset({"VarHandleOp", "Variable", "VariableV2"})


def check_whole(path):
    """Refuses a version of which only a part has been copied so far.

    A SavedModel without its `variables/` can load without an error and then
    fail every request, so this looks before the load.

    Args:
        path: str, the version's folder.

    Raises:
        ServingError: `NOT_FOUND` if a file is missing, `OUT_OF_RANGE` if
            `saved_model.pb` is cut short.
    """
    if not os.path.isdir(path):
        raise ServingError(Code.NOT_FOUND, f"{path!r} is not a folder")
    graph_path = os.path.join(path, "saved_model.pb")
    try:
        with open(graph_path, "rb") as file:
            content = file.read()
    except FileNotFoundError:
        raise ServingError(Code.NOT_FOUND, f"no saved_model.pb in {path!r}") from None
    try:
        saved_model = saved_model_pb2.SavedModel.FromString(content)
    except DecodeError:
        message = f"{graph_path!r} cannot be parsed: it is cut short or no SavedModel"
        raise ServingError(Code.OUT_OF_RANGE, message) from None
    index = os.path.join(path, "variables", "variables.index")
    if _has_variables(saved_model) and not os.path.exists(index):
        message = f"the model has variables, but {index!r} is not there (yet)"
        raise ServingError(Code.NOT_FOUND, message)


def _has_variables(saved_model):
    for meta_graph in saved_model.meta_graphs:
        graph = meta_graph.graph_def
        if any(node.op in _VARIABLE_OPS for node in graph.node):
            return True
        for function in graph.library.function:
            if any(node.op in _VARIABLE_OPS for node in function.node_def):
                return True
    return False
