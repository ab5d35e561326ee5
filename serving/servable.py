"""One loaded version of a model: a session, its signatures, and how to run them."""

import collections
import contextlib
import threading

import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import config_pb2

from serving.saved_model_check import check_whole
from serving.status import Code, ServingError, from_exception

_TAGS = ("serve",)
# Clients choose the outputs they want, so the number of combinations is theirs.
_MOST_CALLABLES = 64


class Servable:
    """A SavedModel in memory, fed and fetched by its signatures' tensor names.

    Args:
        session: `tf.compat.v1.Session` that holds the loaded graph.
        signatures: dict of str to `SignatureDef`.
    """

    def __init__(self, session, signatures):
        self.signatures = signatures
        self._session = session
        self._callables = collections.OrderedDict()
        self._lock = threading.Lock()

    @classmethod
    def load(cls, path, intra_op=1, inter_op=0):
        """Loads a version completely, variables and tables included.

        Args:
            path: str, the version's folder.
            intra_op: int, threads within one op; 0 lets TensorFlow choose. One
                is fastest for small requests.
            inter_op: int, threads for the ops of all requests; 0 lets TensorFlow
                choose, -1 runs those of a request on its own thread.

        Returns:
            `Servable`.

        Raises:
            ServingError: with TensorFlow's code, if the load fails.
        """
        check_whole(path)
        config = config_pb2.ConfigProto(
            intra_op_parallelism_threads=intra_op,
            inter_op_parallelism_threads=inter_op,
            gpu_options=config_pb2.GPUOptions(allow_growth=True),
        )
        session = tf.compat.v1.Session(graph=tf.Graph(), config=config)
        try:
            with session.graph.as_default(), _quiet():
                meta_graph = tf.compat.v1.saved_model.load(session, _TAGS, path)
        except Exception as error:
            session.close()
            raise _load_error(path, error) from error
        return cls(session, dict(meta_graph.signature_def))

    def run(self, feeds, fetches):
        """Runs the graph once.

        Args:
            feeds: dict of str to array, tensor names to values.
            fetches: sequence of str, tensor names.

        Returns:
            dict of str to array, by tensor name.

        Raises:
            tf.errors.OpError: as the graph's ops raise it.
        """
        feed_names = tuple(sorted(feeds))
        fetch_names = tuple(sorted(set(fetches)))
        function = self._callable(feed_names, fetch_names)
        values = function(*[feeds[name] for name in feed_names])
        return dict(zip(fetch_names, map(_as_array, values), strict=True))

    def close(self):
        """Frees the graph and its variables. Not while a request runs."""
        self._callables.clear()
        self._session.close()
        self._session = None

    def _callable(self, feed_names, fetch_names):
        key = feed_names, fetch_names
        with self._lock:
            found = self._callables.get(key)
            if found is not None:
                self._callables.move_to_end(key)
                return found
            options = config_pb2.CallableOptions(feed=feed_names, fetch=fetch_names)
            # Not the public `Session.run`: it casts inputs and compares shapes,
            # where a served graph is to decide itself.
            found = self._session._make_callable_from_options(options)
            self._callables[key] = found
            if len(self._callables) > _MOST_CALLABLES:
                self._callables.popitem(last=False)
            return found


def _as_array(value):
    """array; TensorFlow gives scalars as numpy's, and a scalar string as bytes."""
    if isinstance(value, bytes):
        array = np.empty((), object)
        array[()] = value
        return array
    return np.asarray(value)


def _load_error(path, error):
    if isinstance(error, RuntimeError) and "tags" in str(error):
        message = f"{path!r} has no graph with the tag {_TAGS[0]!r}"
        return ServingError(Code.NOT_FOUND, message)
    return from_exception(error)


@contextlib.contextmanager
def _quiet():
    """Keeps TensorFlow's advice to load eagerly out of the log."""
    logger = tf.get_logger()
    level = logger.level
    logger.setLevel("ERROR")
    try:
        yield
    finally:
        logger.setLevel(level)
