import pytest

from keras_novnorm.datasets.normal_names import find_normal_classes


@pytest.mark.parametrize(
    ("classes", "said", "trained_on", "expected", "reason"),
    [
        (["good", "scratch"], [], None, ("good",), "by its name"),
        (["Normal", "ok", "bad"], [], None, ("Normal",), "by its name"),
        (["parts"], [], None, ("parts",), "there is no other class"),
        (["io", "nio"], [], {"io"}, ("io",), "the only class to train on"),
        (["plate", "dent"], ["plate"], None, ("plate",), "the labels say so"),
        (["dent", "good", "ok"], ["good"], {"good", "ok"}, ("good",), "by its name"),
    ],
)
def test_what_is_taken(classes, said, trained_on, expected, reason):
    found = find_normal_classes(classes, said, trained_on)
    assert found.names == expected and found.reason == reason


@pytest.mark.parametrize(
    ("classes", "suggestion"),
    [
        (["NG", "OK", "masks"], ("OK",)),
        (["bad", "good_a", "good_b"], ("good_a", "good_b")),
        (["good", "normal"], ("good", "normal")),
        (["cat", "dog"], ()),
        (["good_with_scratch", "not good", "bad"], ()),
    ],
)
def test_what_is_asked(classes, suggestion):
    found = find_normal_classes(classes)
    assert found.names == () and found.suggestion == suggestion


def test_the_only_class_is_a_question_where_it_looks_like_a_data_set():
    assert find_normal_classes(["parts"], has_inner=True).names == ()
    assert find_normal_classes(["good"], ["Good"]).reason == "there is no other class"
