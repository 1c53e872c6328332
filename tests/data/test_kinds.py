"""Kinds of inputs and targets, known by content and by word."""

import io
import wave

import pytest

from neocog.core.errors import DataError
from neocog.data.kinds import input_kind, require_trainable


def test_a_real_wave_file_is_a_sound() -> None:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(100))
    assert input_kind(file.getvalue()[:16]) == "sound"


def test_pictures_and_texts(picture: bytes) -> None:
    assert input_kind(picture[:16]) == "image"
    assert input_kind(b"once upon a time") is None


@pytest.mark.parametrize("kind", ["sound"])
def test_kinds_that_cannot_be_trained_yet_are_named(kind: str) -> None:
    with pytest.raises(DataError, match=rf"x: .* \('{kind}'\) cannot be trained yet; mend"):
        require_trainable(kind, "x", "mend")


def test_images_and_classes_can() -> None:
    require_trainable("image", "x", "")
    require_trainable("class", "x", "")
    require_trainable("classes", "x", "")
