"""One loaded version of a model: a session, its signatures, and how to run them."""

import collections
import threading

import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import config_pb2
from tensorflow.python.client import pywrap_tf_session as tf_session

from serving.inference.limits import UNBOUNDED
from serving.inference.quiet import quiet
from serving.inference.run_options import RunOptions
from serving.status import Code, ServingError, from_exception
from serving.versions.saved_model_check import check_whole

# Clients choose the outputs they want, so the number of combinations is theirs: so
# many are kept prepared for runs without a time limit, and as many for those with one.
_MOST_CALLABLES = 64


class Servable:
    """A SavedModel in memory, fed and fetched by its signatures' tensor names.

    Args:
        session: `tf.compat.v1.Session` that holds the loaded graph.
        signatures: dict of str to `SignatureDef`.
        strict: bool, whether shapes are to be checked before a run.
        pool_apart: int, the thread pool for runs that are kept apart.
    """

    def __init__(self, session, signatures, strict=False, pool_apart=0):
        self._pool_apart = pool_apart
        self.signatures = signatures
        self.strict = strict
        self._session = session
        self._callables = collections.OrderedDict()
        self._outputs = {}
        self._limited = set()
        self._lock = threading.Lock()

    @classmethod
    def load(cls, path, options=None):
        """Loads a version completely, variables and tables included.

        Args:
            path: str, the version's folder.
            options: `RunOptions`, or None for the defaults.

        Returns:
            `Servable`.

        Raises:
            ServingError: with TensorFlow's code, if the load fails.
        """
        options = options or RunOptions()
        if options.check_files:
            check_whole(path)
        session = tf.compat.v1.Session(graph=tf.Graph(), config=options.config())
        try:
            with session.graph.as_default(), quiet():
                meta_graph = tf.compat.v1.saved_model.load(session, options.tags, path)
        except Exception as error:
            session.close()
            raise _load_error(path, options.tags, error) from error
        signatures = dict(meta_graph.signature_def)
        return cls(session, signatures, options.strict, options.pool_apart())

    limits = UNBOUNDED

    def run(self, feeds, fetches, timeout=None, has_gone=None, apart=False):
        """Runs the graph once.

        Args:
            feeds: dict of str to array, tensor names to values.
            fetches: sequence of str, tensor names.
            timeout: float, seconds after which the run is given up, or None. It
                holds for the first combinations of feeds and fetches alone, of
                which a session forgets none.
            has_gone: not looked at: nothing ends a run that has begun.
            apart: bool, run it on threads of its own: it is large.

        Returns:
            dict of str to array, by tensor name.

        Raises:
            tf.errors.OpError: as the graph's ops raise it; `DeadlineExceededError`
                after the timeout.
        """
        feed_names = tuple(sorted(feeds))
        fetch_names = tuple(sorted(set(fetches)))
        if timeout is None or not self._can_be_limited(feed_names, fetch_names):
            function = self._callable(feed_names, fetch_names, apart)
            values = function(*[feeds[name] for name in feed_names])
        else:
            values = self._run_within(timeout, feeds, fetch_names, apart)
        return dict(zip(fetch_names, map(_as_array, values), strict=True))

    def close(self):
        """Frees the graph and its variables. Not while a request runs."""
        self._callables.clear()
        self._session.close()
        self._session = None

    def _can_be_limited(self, feed_names, fetch_names):
        key = feed_names, fetch_names
        with self._lock:
            if len(self._limited) < _MOST_CALLABLES:
                self._limited.add(key)
            return key in self._limited

    def _run_within(self, timeout, feeds, fetch_names, apart):
        """Runs with a time limit, which a callable could not be given for each run."""
        limit = config_pb2.RunOptions(
            timeout_in_ms=max(1, int(timeout * 1000)),
            inter_op_thread_pool=self._pool_apart if apart else 0,
        )
        options = tf_session.TF_NewBufferFromString(limit.SerializeToString())
        try:
            # Beneath the public `Session.run`, for the reason given below.
            return self._session._call_tf_sessionrun(
                options,
                {self._output(name): value for name, value in feeds.items()},
                [self._output(name) for name in fetch_names],
                [],
                None,
            )
        finally:
            tf_session.TF_DeleteBuffer(options)

    def _output(self, name):
        found = self._outputs.get(name)
        if found is None:
            tensor = self._session.graph.get_tensor_by_name(name)
            found = self._outputs[name] = tensor._as_tf_output()
        return found

    def _callable(self, feed_names, fetch_names, apart):
        key = feed_names, fetch_names, apart
        with self._lock:
            found = self._callables.get(key)
            if found is not None:
                self._callables.move_to_end(key)
                return found
            options = config_pb2.CallableOptions(feed=feed_names, fetch=fetch_names)
            options.run_options.inter_op_thread_pool = self._pool_apart if apart else 0
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


def _load_error(path, tags, error):
    if isinstance(error, RuntimeError) and "tags" in str(error):
        message = f"{path!r} has no graph with the tags {', '.join(tags)!r}"
        return ServingError(Code.NOT_FOUND, message)
    return from_exception(error)
