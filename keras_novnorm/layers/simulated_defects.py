"""Defects drawn on normal pictures, with their masks."""

import math

import keras
from keras import ops

KINDS = ("line", "spot", "stain", "patch")
FILLS = ("tone", "paste", "grain")


@keras.saving.register_keras_serializable(package="keras_novnorm")
class SimulatedDefects(keras.layers.Layer):
    """Draws one defect on each picture of a batch, another one on each.

    What a defect looks like is not known; these are unlike the normal class in many
    simple ways, so that a network that finds them has to know the normal class. Shapes:

    - `line`: long and thin, straight or bent (a scratch, a crack);
    - `spot`: small and round, with a ragged edge (a hole, a grain of dust);
    - `stain`: large, of any outline, with a soft edge (oil, uneven grinding);
    - `patch`: a turned rectangle (a broken edge, a missing part; with the fill
      `paste`, this is CutPaste of Li et al. 2021).

    What fills them: another `tone`, lighter or darker; a `paste` of another place of
    another picture, turned over; `grain`, noise of the picture's own strength.
    After Zavrtanik et al. 2021 (DRAEM), without pictures from outside.

    Args:
        kinds: names of the shapes to draw from.
        fills: names of the fills to draw from.
        strongest: largest change of tone, of the range of the pixels.
        seed: seed of the draws.
        **kwargs: passed to `keras.layers.Layer`.

    Call arguments:
        images: float tensor `[B, H, W, C]` in [0, 1].

    Returns:
        Tuple of the pictures with defects, float32 `[B, H, W, C]` in [0, 1], and the
        masks, float32 `[B, H, W, 1]`, 1 where a defect is.

    Raises:
        ValueError: if a shape or fill is not known, or there is none.
    """

    def __init__(self, kinds=KINDS, fills=FILLS, strongest=0.5, seed=None, **kwargs):
        kwargs.setdefault("dtype", "float32")
        super().__init__(**kwargs)
        for name, given, known in (("kinds", kinds, KINDS), ("fills", fills, FILLS)):
            if not given or not set(given) <= set(known):
                raise ValueError(
                    f"`{name}` must be one or more of {known}. Received: {given!r}"
                )
        self.kinds = tuple(kinds)
        self.fills = tuple(fills)
        self.strongest = strongest
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.built = True

    def call(self, images):
        """Pictures with defects, and where they are."""
        images = ops.cast(images, "float32")
        soft = self._shapes(images)
        filled = self._fill(images, soft)
        mask = ops.cast(soft > 0.5, "float32")
        return ops.clip(filled, 0.0, 1.0), mask

    def _shapes(self, images):
        batch, (_, height, width, _) = ops.shape(images)[0], images.shape
        along, across = self._coordinates(batch, height, width)
        side = float(min(height, width))
        rough = self._noise(batch, height, width, 8)
        drawn = {
            "line": self._line,
            "spot": self._spot,
            "stain": self._stain,
            "patch": self._patch,
        }
        shapes = [drawn[kind](along, across, rough, side) for kind in self.kinds]
        return self._choose(shapes)

    def _coordinates(self, batch, height, width):
        """Distances in pixels from a random centre, along a random direction."""
        rows = ops.reshape(ops.arange(height, dtype="float32"), (1, height, 1, 1))
        columns = ops.reshape(ops.arange(width, dtype="float32"), (1, 1, width, 1))
        rows = rows - self._uniform(batch, 0.0, height)
        columns = columns - self._uniform(batch, 0.0, width)
        angle = self._uniform(batch, 0.0, 2 * math.pi)
        cosine, sine = ops.cos(angle), ops.sin(angle)
        return columns * cosine + rows * sine, rows * cosine - columns * sine

    def _line(self, along, across, rough, side):
        batch = ops.shape(along)[0]
        length = self._spread(batch, 0.04 * side, 0.4 * side)
        half = self._spread(batch, 0.5, max(1.0, 0.012 * side))
        bend = self._uniform(batch, -1.5, 1.5) / side
        across = across + bend * ops.square(along) + 0.012 * side * rough
        return _inside(half - ops.abs(across), 0.5) * _inside(
            length - ops.abs(along), 1.0
        )

    def _spot(self, along, across, rough, side):
        batch = ops.shape(along)[0]
        radius = self._spread(batch, 1.0, 0.06 * side)
        longer = self._spread(batch, 1.0, 2.5)
        distance = ops.sqrt(ops.square(along / longer) + ops.square(across) + 1e-6)
        return _inside(radius * (1.0 + 0.3 * rough) - distance, 0.7)

    def _stain(self, along, across, rough, side):
        batch = ops.shape(along)[0]
        radius = self._spread(batch, 0.06 * side, 0.35 * side)
        longer = self._spread(batch, 1.0, 2.5)
        distance = ops.sqrt(ops.square(along / longer) + ops.square(across) + 1e-6)
        softness = self._uniform(batch, 0.02 * side, 0.08 * side)
        return _inside(radius * (1.0 + 0.6 * rough) - distance, softness)

    def _patch(self, along, across, rough, side):
        batch = ops.shape(along)[0]
        length = self._spread(batch, 0.02 * side, 0.2 * side)
        half = self._spread(batch, 0.02 * side, 0.2 * side)
        return _inside(half - ops.abs(across), 0.5) * _inside(
            length - ops.abs(along), 0.5
        )

    def _fill(self, images, soft):
        batch = ops.shape(images)[0]
        filled = {
            "tone": self._tone,
            "paste": self._paste,
            "grain": self._grain,
        }
        fills = [filled[fill](images, batch) for fill in self.fills]
        return images + soft * (self._choose(fills) - images)

    def _tone(self, images, batch):
        sign = ops.sign(self._uniform(batch, -1.0, 1.0))
        change = sign * self._spread(batch, 0.06, self.strongest)
        return images + change

    def _paste(self, images, batch):
        _, height, width, _ = images.shape
        other = ops.roll(ops.flip(ops.roll(images, 1, axis=0), axis=1), height // 3, 1)
        other = ops.roll(ops.flip(other, axis=2), width // 3, axis=2)
        if height == width:
            turned = ops.transpose(other, (0, 2, 1, 3))
            other = self._choose([other, turned])
        tone = self._uniform(batch, 0.6, 1.4)
        return other * tone + self._uniform(batch, -0.1, 0.1)

    def _grain(self, images, batch):
        _, height, width, _ = images.shape
        deviation = ops.std(images, axis=(1, 2, 3), keepdims=True)
        strength = deviation * self._uniform(batch, 0.5, 2.0)
        fine = self._normal((batch, height, width, 1))
        coarse = self._noise(batch, height, width, 3)
        mean = ops.mean(images, axis=(1, 2), keepdims=True)
        return mean + strength * self._choose([fine, coarse])

    def _choose(self, choices):
        """One of several tensors `[B, ...]` for each picture."""
        if len(choices) == 1:
            return choices[0]
        batch = ops.shape(choices[0])[0]
        number = keras.random.randint(
            (batch, 1, 1, 1), 0, len(choices), dtype="int32", seed=self.seed_generator
        )
        chosen = choices[0]
        for index, choice in enumerate(choices[1:], start=1):
            chosen = ops.where(number == index, choice, chosen)
        return chosen

    def _noise(self, batch, height, width, cell):
        """Smooth noise of deviation near 1, with waves of some `cell`s of pixels."""
        small = (batch, max(2, height // cell), max(2, width // cell), 1)
        noise = self._normal(small)
        return ops.image.resize(
            noise, (height, width), "bicubic", data_format="channels_last"
        )

    def _normal(self, shape):
        return keras.random.normal(shape, dtype="float32", seed=self.seed_generator)

    def _uniform(self, batch, low, high):
        return keras.random.uniform(
            (batch, 1, 1, 1), low, high, dtype="float32", seed=self.seed_generator
        )

    def _spread(self, batch, low, high):
        """Uniform in the logarithm: small ones are as likely as large ones."""
        return ops.exp(self._uniform(batch, math.log(low), math.log(max(low, high))))

    def compute_output_shape(self, images_shape):
        """Shapes of pictures and masks."""
        return images_shape, (*images_shape[:-1], 1)

    def get_config(self):
        """Constructor arguments, as plain values."""
        return {
            **super().get_config(),
            "kinds": self.kinds,
            "fills": self.fills,
            "strongest": self.strongest,
            "seed": self.seed,
        }


def _inside(depth, softness):
    """From 0 outside to 1 inside, over an edge of some pixels."""
    return ops.sigmoid(2.0 * depth / softness)
