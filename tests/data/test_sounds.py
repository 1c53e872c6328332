"""Sounds as a data set: found, looked at, split, checked and prepared as any other."""

import io
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.io import wavfile

from neocog.core.errors import DataError
from neocog.data import Augment, DataOptions, Preprocessing, find, load, pictures, prepared, scan
from neocog.data.findings import extent
from neocog.data.pictures import prepared_from
from neocog.data.sound import decode_sound
from neocog.data.spectrogram import Spectrogram, spectrogram
from neocog.data.views import views

Lay = Callable[[Mapping[str, bytes | str]], Path]


def tone(frequency: float, seconds: float = 0.3, seed: int = 0, rate: int = 8000, gain: float = 0.3) -> bytes:
    """A tone with a little noise, as a WAV file."""
    noise = np.random.default_rng(seed)
    time = np.arange(int(seconds * rate)) / rate
    values = gain * np.sin(2 * np.pi * frequency * (1 + 0.02 * noise.normal()) * time + noise.uniform(0, 6))
    return wav(values + 0.01 * noise.normal(size=len(time)), rate)


def wav(values: NDArray[np.float64], rate: int = 8000) -> bytes:
    file = io.BytesIO()
    wavfile.write(file, rate, (np.clip(values, -1, 1) * 32767).astype(np.int16))
    return file.getvalue()


def folder(lay: Lay, **more: bytes) -> Path:
    """Twelve low and twelve high tones, and more files by their names with `__` for `/` and `_` for `.`."""
    files: dict[str, bytes | str] = {}
    for number in range(12):
        files[f"low/{number}.wav"] = tone(300, 0.25 + 0.01 * number, number)
        files[f"high/{number}.wav"] = tone(1500, 0.25 + 0.01 * number, 100 + number)
    return lay(files | {name.replace("__", "/").replace("_", "."): raw for name, raw in more.items()})


def test_a_folder_of_sounds_is_found_and_loaded(lay: Lay) -> None:
    data = load(DataOptions(path=str(folder(lay))))
    assert data.table.input_kind == "sound"
    assert data.classes == ("high", "low") and data.channels == 1
    assert (data.scan.heights == 8000).all()
    assert data.scan.widths[0] == 2000
    assert extent(data.findings) == "0.25 to 0.36 s at 8,000 samples a second"
    assert data.findings.noun == "sound" and not data.findings.shortcuts


def test_a_second_look_recalls_what_the_first_saw(lay: Lay) -> None:
    table = find(folder(lay, low__silent_wav=wav(np.zeros(2000))))
    first, second = scan(table), scan(table)
    assert first.remarks == second.remarks
    assert "silent" in first.remarks


def test_what_is_broken_is_listed_and_left_out_and_what_is_odd_is_told(lay: Lay) -> None:
    clipped = wav(np.clip(2 * np.sin(np.arange(2400) / 5), -0.9, 0.9))
    path = folder(
        lay,
        low__broken_wav=tone(300)[:300],
        low__empty_wav=b"",
        high__silent_wav=wav(np.zeros(2400)),
        high__clipped_wav=clipped,
        high__long_wav=tone(1500, 9.0, 7),
    )
    found = load(DataOptions(path=str(path), max_unreadable=0.2)).findings
    assert {each.id: each.reason for each in found.unreadable} == {
        "low/broken.wav": "truncated",
        "low/empty.wav": "empty file",
    }
    assert found.odd == ("high/clipped.wav (clipped)", "high/long.wav (9 s)", "high/silent.wav (silent)")
    assert any("of unusual size, silent or clipped" in text for text in found.suggestions)


def test_copies_and_near_copies_stay_on_one_side(lay: Lay) -> None:
    """The same recording, half as loud: other bytes, the same picture."""
    samples = decode_sound(tone(700, 0.4, 3)).samples.astype(np.float64)
    path = folder(lay, low__copy1_wav=wav(samples), low__copy2_wav=wav(samples / 2))
    data = load(DataOptions(path=str(path)))
    names = [tuple(data.table.ids[row] for row in pair) for pair in data.near]
    assert names == [("low/copy1.wav", "low/copy2.wav")]
    rows = [data.table.ids.index(name) for name in names[0]]
    assert len({data.split.sides[row] for row in rows}) == 1


def test_a_table_of_sounds_takes_no_speaker_for_a_label(lay: Lay) -> None:
    files: dict[str, bytes | str] = {
        f"wav/{number}.wav": tone(300 + 100 * (number % 3), seed=number) for number in range(9)
    }
    lines = [f"wav/{number}.wav,{number % 3},{'ab'[number % 2]}" for number in range(9)]
    files["labels.csv"] = "\n".join(["file,digit,speaker", *lines])
    table = find(lay(files))
    assert table.input_kind == "sound"
    assert set(table.labels) == {"0", "1", "2"}
    assert table.columns["speaker"][:2] == ("a", "b")
    assert any("digit" in note for note in table.notes)


def test_of_two_kinds_in_a_folder_the_more_frequent_counts(lay: Lay, picture: bytes) -> None:
    path = folder(lay, low__cover_png=picture)
    data = load(DataOptions(path=str(path), max_unreadable=0.2))
    assert data.table.input_kind == "sound"
    assert [(each.id, each.reason) for each in data.findings.unreadable] == [("low/cover.png", "not a sound")]


def test_a_folder_of_neither_is_refused(lay: Lay) -> None:
    with pytest.raises(DataError, match=r"must hold images or sounds, none of its 2 files is one by its content"):
        find(lay({"a/1.bin": b"\1\2", "b/2.bin": b"\3"}))


def test_prepared_sounds_are_their_spectrograms(lay: Lay) -> None:
    table = find(folder(lay))
    how = Spectrogram(rate=8000, frames=32)
    preprocessing = Preprocessing(size=(40, 32), channels=1, resize="stretch", sound=how)
    rows = np.arange(4)
    got = prepared(table, scan(table), rows, preprocessing)
    assert got.shape == (4, 1, 40, 32)
    for place, row in enumerate(rows.tolist()):
        raw = table.source.read(row)
        assert isinstance(raw, bytes)
        expected = spectrogram(decode_sound(raw), how)
        assert (got[place, 0] == expected[:, :, 0]).all()
        assert (prepared_from(raw, preprocessing) == got[place]).all()
    color = Preprocessing(size=(40, 32), channels=3, resize="stretch", sound=how)
    assert prepared_from(tone(400), color).shape == (3, 40, 32), "weights that others trained keep their channels"


def test_a_sound_is_seen_as_its_sketch() -> None:
    assert pictures.picture(tone(400, 0.5), "sound").shape == (40, 51, 1)


def test_what_training_sees_can_be_looked_at(lay: Lay) -> None:
    data = load(DataOptions(path=str(folder(lay))))
    how = Spectrogram(rate=8000, frames=40)
    preprocessing = Preprocessing(size=(40, 40), channels=1, resize="stretch", sound=how)
    (view,) = views(data, preprocessing, Augment().of("sound"), data.rows("train")[:1], seed=0, epochs=[0, 1])
    assert view.validation.shape == (40, 40, 1)
    assert view.training[0].picture.shape == (40, 40, 1)
    assert any("columns" in text for each in view.training for text in each.told)
