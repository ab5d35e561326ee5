"""Keras' settings of a machine: what a detector depends on is held fixed.

`~/.keras/keras.json` and `keras.config` say how numbers are kept and images are laid
out where nobody says so. A score must not hang on them.
"""

import contextlib
import dataclasses
import functools
import threading

import keras

EPSILON = 1e-7
"""What keeps a logarithm or a root finite; Keras' own may be set otherwise."""

_LOCK = threading.RLock()
_held = []  # of (settings, what was there before), the innermost last


def network_policy(dtype=None):
    """The dtype policy of a new network.

    Args:
        dtype: name, configuration or `keras.DTypePolicy`; or None: the policy that was
            set for all, such as `"mixed_float16"`.

    Returns:
        `keras.DTypePolicy`. A policy that only repeats Keras' `floatx` was not asked
        for: float32 then.
    """
    policy = keras.dtype_policies.get(dtype)
    if dtype is None and policy.name == keras.config.floatx():
        return keras.dtype_policies.get("float32")
    return policy


@dataclasses.dataclass(frozen=True)
class KerasSettings:
    """Settings that a detector is built and run under, whatever the machine's are.

    Args:
        image_data_format: "channels_last" or "channels_first"; a user's own networks
            may have been made under either, ours say theirs.
        floatx: name of a dtype.
        epsilon: float.
    """

    image_data_format: str = "channels_last"
    floatx: str = "float32"
    epsilon: float = EPSILON

    @classmethod
    def of_machine(cls):
        """Returns `KerasSettings`, those in force."""
        return cls(
            keras.config.image_data_format(),
            keras.config.floatx(),
            keras.config.epsilon(),
        )

    @contextlib.contextmanager
    def hold(self, policy=None):
        """Put the settings in force for a while.

        Threads share them: where two hold the same, the last to leave puts back what
        was there before. (The policy is each thread's own.)

        Args:
            policy: `keras.DTypePolicy` or its name, the one for layers that are made
                meanwhile; or None: as it is.

        Yields:
            Nothing.
        """
        entry = self._enter()
        before = keras.config.dtype_policy() if policy is not None else None
        if policy is not None:
            keras.config.set_dtype_policy(policy)
        try:
            yield
        finally:
            if before is not None:
                keras.config.set_dtype_policy(before)
            _leave(entry)

    def _enter(self):
        with _LOCK:
            if _held and _held[-1].settings == self:
                _held[-1].holders += 1
                return _held[-1]
            before = KerasSettings.of_machine()
            if before == self:
                return None  # as on nearly every machine
            entry = _Hold(self, before)
            _held.append(entry)
            self._apply()
            return entry

    def _apply(self):
        keras.config.set_image_data_format(self.image_data_format)
        keras.config.set_floatx(self.floatx)
        keras.config.set_epsilon(self.epsilon)


@dataclasses.dataclass(eq=False)
class _Hold:
    settings: KerasSettings
    before: KerasSettings
    holders: int = 1


def _leave(entry):
    if entry is None:
        return
    with _LOCK:
        entry.holders -= 1
        if not entry.holders:
            _held.remove(entry)
            entry.before._apply()


def under_keras_settings(method):
    """Decorate a method to run under its object's own `keras_settings`.

    Args:
        method: function of an object that has `keras_settings`.

    Returns:
        The function that holds them while it runs.
    """

    @functools.wraps(method)
    def held(self, *args, **kwargs):
        with self.keras_settings.hold():
            return method(self, *args, **kwargs)

    return held
