"""Kinds of inputs and targets, known by content and by word."""

import io
import wave

from neocog.data.kinds import input_kind


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
