import numpy as np

from keras_novnorm.advice import find_training_outliers


def test_planted_pictures_are_found_the_most_novel_first():
    scores = np.random.default_rng(0).normal(size=300)
    scores[[7, 200]] = 30.0, 40.0
    found = find_training_outliers([f"{n}.png" for n in range(300)], scores)
    assert [one["path"] for one in found.numbers["pictures"]] == ["200.png", "7.png"]
    assert "2 of 300" in found.text and "200.png, 7.png" in found.text


def test_many_planted_pictures_do_not_hide_themselves():
    scores = np.random.default_rng(1).normal(size=300)
    scores[:45] += 100.0
    found = find_training_outliers([str(n) for n in range(300)], scores)
    assert {one["path"] for one in found.numbers["pictures"]} == {
        str(n) for n in range(45)
    }


def test_clean_scores_of_any_scale_are_left_alone():
    names = [str(n) for n in range(400)]
    for seed in range(20):
        scores = np.random.default_rng(seed).normal(5.0, 0.01, 400)
        assert find_training_outliers(names, scores) is None
    assert find_training_outliers(names, np.ones(400)) is None
    assert find_training_outliers(["a", "b"], [0.0, 99.0]) is None
