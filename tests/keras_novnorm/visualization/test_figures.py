"""Figures for a notebook."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from keras_novnorm.visualization import gallery, reconstruction_sheet


def outputs_of(scores):
    scores = np.asarray(scores)
    return {"score": scores, "p_value": scores / 10, "is_novel": scores > 2}


def test_gallery_shows_the_most_novel_first_with_their_verdicts():
    images = np.arange(5, dtype="uint8")[:, None, None, None] * np.ones(
        (1, 4, 4, 1), "uint8"
    )
    figure = gallery(images, outputs_of([1.0, 4.0, 2.0, 3.0, 0.0]), 2, max_images=3)
    assert isinstance(figure, Figure)
    shown = [axes for axes in figure.axes if axes.images]
    assert [int(axes.images[0].get_array()[0, 0, 0]) for axes in shown] == [1, 3, 2]
    titles = [axes.get_title() for axes in shown]
    assert titles == ["novel\n4, p 0.4", "novel\n3, p 0.3", "normal\n2, p 0.2"]
    in_order = gallery(images, outputs_of(np.arange(5.0)), most_novel_first=False)
    assert [axes.get_title()[-3:] for axes in in_order.axes] == [
        *("p 0", "0.1", "0.2", "0.3", "0.4")
    ]


def test_sheet_shows_maps_on_the_detectors_own_scale(trained, digits):
    figure = reconstruction_sheet(trained, digits["test_novel"], max_images=4)
    pictures = [axes.images[0] for axes in figure.axes if axes.images]
    assert len(pictures) == 12
    np.testing.assert_array_equal(
        pictures[0].get_array()[..., 0], digits["test_novel"][0, ..., 0]
    )
    maps = np.asarray(trained.anomaly_map(digits["test_novel"][:4]))
    for picture, values in zip(pictures[8:], maps, strict=True):
        np.testing.assert_array_equal(picture.get_array(), values)
        assert picture.get_clim() == (0.0, pytest.approx(trained.map_scale))


def test_nothing_and_another_number_are_refused(trained):
    with pytest.raises(ValueError, match="Received 2 images and outputs of 3"):
        gallery(np.zeros((2, 4, 4, 1), "uint8"), outputs_of([1.0, 2.0, 3.0]))
    with pytest.raises(ValueError, match="at least one image. Received none"):
        reconstruction_sheet(trained, np.zeros((0, 8, 8, 1), "uint8"))
