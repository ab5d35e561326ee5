"""What a detector remembers of its training: a collapse, and restarts."""

from keras_novnorm.callbacks.collapse_signs import signs_from_number, signs_to_number
from keras_novnorm.layers.statistic import add_statistic


class TrainingRecord:
    """Kept in weights, so that it travels with every saved form.

    To be mixed in before `keras.Model`.
    """

    @property
    def is_collapsed(self):
        """Whether the last training collapsed; `collapse_signs` says how."""
        return bool(self.collapsed.numpy() > 0)

    @property
    def collapse_signs(self):
        """Which of `CollapseMonitor`'s signs the last training ended with."""
        return signs_from_number(int(self.collapsed.numpy()))

    @property
    def num_restarts(self):
        """How often the last `fit(restarts=...)` began again after a collapse."""
        return int(self.restarts_made.numpy())

    def mark_collapsed(self, signs):
        """Record that training collapsed, or that it did not.

        Args:
            signs: list of names of `callbacks.collapse_signs.SIGNS`; empty: it did not.
        """
        self.collapsed.assign(float(signs_to_number(signs)))

    def _build_record(self):
        if not hasattr(self, "collapsed"):
            self.collapsed = add_statistic(self, "collapsed", (), "zeros")
            self.restarts_made = add_statistic(self, "restarts_made", (), "zeros")
