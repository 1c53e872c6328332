"""Sheets of small pictures: what is shown is there, in its place, with hard pixels."""

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from neocog.explain import Embedding, Row, filter_sheet, filters, map_sheet, nearest_sheet, row_sheet, stacked
from neocog.model import nearest


def colors(sheet: Image.Image) -> set[tuple[int, ...]]:
    return {tuple(color) for color in np.unique(np.asarray(sheet).reshape(-1, 3), axis=0).tolist()}


def test_pictures_keep_hard_pixels_and_their_place() -> None:
    picture = np.zeros((3, 2, 2), np.uint8)
    picture[0, 0, 1] = 250
    sheet = np.asarray(row_sheet("title", "line", [Row(("a",), ((picture, "1"),))], (2, 2)))
    red = np.argwhere((sheet == (250, 0, 0)).all(axis=2))
    assert len(red) == 48 * 48, "a quarter of a picture of 96 pixels"
    assert (red.max(axis=0) - red.min(axis=0)).tolist() == [47, 47]


def test_a_leading_picture_stands_apart() -> None:
    black = np.zeros((1, 4, 4), np.uint8)
    row = Row(("a",), ((black, ""), (black, ""), (black, "")))
    sheet = np.asarray(row_sheet("", "", [row], (4, 4), lead=1))
    dark = (sheet[170] == 0).all(axis=1)
    starts = np.flatnonzero(dark & ~np.roll(dark, 1))
    assert np.diff(starts).tolist() == [120, 104]


def test_every_filter_is_there() -> None:
    torch.manual_seed(0)
    sheet = filter_sheet(filters(nn.Conv2d(3, 23, 3)))
    assert sheet.height > filter_sheet(filters(nn.Conv2d(3, 20, 3))).height, "the last three begin a row"
    shown = filters(nn.Conv2d(1, 1, 1)).pixels()
    assert shown.item() in (1, 255), "a single weight is its filter's largest"


def test_the_nearest_are_those_that_are_named() -> None:
    known = np.arange(6, dtype=np.uint8)[:, None, None, None].repeat(4, 2).repeat(4, 3) * 40
    codes = np.eye(6, dtype=np.float32)
    near = nearest(codes[[2]] + 0.1 * codes[[4]], codes, 2)
    sheet = nearest_sheet(known[[0]], known, near, ["ant"], ["ant", "bee", "ant", "bee", "bee", "ant"])
    shown = np.asarray(sheet)[170, 200:]  # text lies elsewhere
    assert {tuple(pixel) for pixel in shown.tolist()} == {(0, 0, 0), (80, 80, 80), (160, 160, 160), (251, 251, 250)}


def test_sheets_are_stacked_whole() -> None:
    one, other = Image.new("RGB", (10, 5), "red"), Image.new("RGB", (4, 7), "blue")
    whole = stacked([one, other])
    assert whole.size == (10, 12)
    assert (whole.getpixel((9, 4)), whole.getpixel((3, 11))) == ((255, 0, 0), (0, 0, 255))


@pytest.mark.parametrize("count", [2, 20])
def test_a_map_shows_each_class_in_its_color(count: int) -> None:
    labels = np.arange(200) % count
    points = np.random.default_rng(0).normal(size=(200, 2)).astype(np.float32) + labels[:, None] * 5
    found = Embedding("pca", points, 0.5, 0.05, np.array([0.6, 0.2]))
    sheet = map_sheet(found, labels, [f"kind {label}" for label in range(count)])
    alone = map_sheet(found, np.zeros(200, np.int64), ["kind 0"])
    assert len(colors(sheet)) > len(colors(alone))
