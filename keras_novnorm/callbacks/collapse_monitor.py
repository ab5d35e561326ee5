"""Say when training has collapsed."""

import warnings

import keras


class CollapseWarning(UserWarning):
    """Training stands still: reconstructions, latents or scores are constant."""


class CollapseMonitor(keras.callbacks.Callback):
    """Watch for signs of a collapse, and mark the detector if there are any.

    A collapsed autoencoder trains without an error: the loss stands still and the
    score means little. Metrics of training show it, a method's own (`SIGNS` and
    `MINIMUMS` of its class); of `NoveltyDetector` there are three:

    - `reconstruction_variation`, the spread of reconstructions over a batch
      relative to that of the images: the same picture comes back for every image;
    - `active_latents`, the share of latents that vary: the others are dead;
    - `novelty_deviation`, the deviation of the novelty score's logit: the head
      gives the same number for every image.

    When one stays below its minimum for `patience` epochs, or is there at the end
    of training, a `CollapseWarning` tells the number, and `detector.is_collapsed`
    is set, which stops a plain export. `fit` adds this callback unless one is given.

    Args:
        minimum: smallest reconstruction variation of a working autoencoder,
            relative to 1; this and the other minimums are the detector's unless given.
        patience: epochs in a row below a minimum before training stops.
        warmup_steps: steps of the optimizer before which training goes on whatever
            the signs; with few images an epoch has few. The end of training is judged
            after however few.
        stop_training: whether to stop then.
        minimum_active_latents: smallest share of latents that vary.
        minimum_novelty_deviation: smallest deviation of the logit.
    """

    def __init__(
        self,
        minimum=None,
        patience=5,
        warmup_steps=500,
        stop_training=True,
        minimum_active_latents=None,
        minimum_novelty_deviation=None,
    ):
        super().__init__()
        given = {
            "reconstruction_variation": minimum,
            "active_latents": minimum_active_latents,
            "novelty_deviation": minimum_novelty_deviation,
        }
        self._given = {n: least for n, least in given.items() if least is not None}
        self.patience = patience
        self.warmup_steps = warmup_steps
        self.stop_training = stop_training
        self._forget()

    @property
    def minimums(self):
        """From the signs of the detector to the least value of each."""
        minimums = self.model.MINIMUMS if self.model is not None else {}
        return {**minimums, **self._given}

    def on_train_begin(self, logs=None):
        """Forget an earlier run: one instance serves two `fit` calls."""
        self._forget()

    def _forget(self):
        self.epochs_below = {}
        self.last = {}
        self.steps = None
        self.warned = False

    def on_epoch_begin(self, epoch, logs=None):
        """Remember where the epoch began."""
        self.steps = self._steps()

    def on_epoch_end(self, epoch, logs=None):
        """Look at what the epoch showed."""
        steps = self._steps()
        if steps == self.steps:
            return  # the data had run out: the metrics are of no image
        if self._look(epoch, logs or {}, steps) and self.stop_training:
            self.model.stop_training = True

    def replay(self, history, steps_per_epoch):
        """Look again at what earlier epochs of a training that goes on showed.

        To be called after `on_train_begin`, which forgets.

        Args:
            history: dictionary from metrics to a list of one value for each epoch.
            steps_per_epoch: whole number.

        Returns:
            Whether the training was to be stopped after the last of these epochs.
        """
        ended = False
        for epoch in range(max(map(len, history.values()), default=0)):
            logs = {name: values[epoch] for name, values in history.items()}
            ended = self._look(epoch, logs, (epoch + 1) * steps_per_epoch)
        return ended and self.stop_training

    def _look(self, epoch, logs, steps):
        self.last = {name: logs[name] for name in self.minimums if name in logs}
        early = steps < self.warmup_steps
        signs = [] if early else self._signs()
        self.epochs_below = {n: self.epochs_below.get(n, 0) + 1 for n in signs}
        lasting = [n for n in signs if self.epochs_below[n] >= self.patience]
        if lasting and not self.warned:
            self._warn(f"after {epoch + 1} epochs", lasting)
        return bool(lasting)

    def on_train_end(self, logs=None):
        """Mark the detector by what the last epoch showed."""
        if not self.last:
            return
        signs = self._signs()
        self.model.mark_collapsed(signs)
        if signs and not self.warned:
            self._warn("at the end of training", signs)

    def _steps(self):
        # Through numpy: a variable of many replicas is no number.
        return int(keras.ops.convert_to_numpy(self.model.optimizer.iterations))

    def _signs(self):
        # NaN is below every minimum.
        return [n for n, value in self.last.items() if not value >= self.minimums[n]]

    def _warn(self, when, signs):
        self.warned = True
        found = "; ".join(
            f"{self.model.SIGNS[name]}: `{name}` is {self.last[name]:.3g}, at least "
            f"{self.minimums[name]:g} is expected"
            for name in signs
        )
        warnings.warn(
            f"Training has collapsed {when}: {found}. Try another seed "
            "(`fit(restarts=2)` does), more epochs or a lower learning rate.",
            CollapseWarning,
            stacklevel=2,
        )
