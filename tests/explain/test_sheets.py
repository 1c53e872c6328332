"""Sheets of small pictures: what is shown is there, in its place, with hard pixels."""

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from neocog.explain import Embedding, Row, Sheet, abreast, filter_sheet, filters, map_sheet, nearest_sheet
from neocog.model import nearest


def colors(sheet: Image.Image) -> set[tuple[int, ...]]:
    return {tuple(color) for color in np.unique(np.asarray(sheet).reshape(-1, 3), axis=0).tolist()}


def test_pictures_keep_hard_pixels_and_their_place() -> None:
    picture = np.zeros((3, 2, 2), np.uint8)
    picture[0, 0, 1] = 250
    sheet = np.asarray(Sheet("title", "line", (Row(("a",), ((picture, "1"),)),), (2, 2)).picture())
    red = np.argwhere((sheet == (250, 0, 0)).all(axis=2))
    assert len(red) == 48 * 48, "a quarter of a picture of 96 pixels"
    assert (red.max(axis=0) - red.min(axis=0)).tolist() == [47, 47]


def test_a_leading_picture_stands_apart() -> None:
    black = np.zeros((1, 4, 4), np.uint8)
    row = Row(("a",), ((black, ""), (black, ""), (black, "")))
    sheet = np.asarray(Sheet("", "", (row,), (4, 4), lead=1).picture())
    dark = (sheet[170] == 0).all(axis=1)
    starts = np.flatnonzero(dark & ~np.roll(dark, 1))
    assert np.diff(starts).tolist() == [120, 104]


def test_every_filter_is_there() -> None:
    torch.manual_seed(0)
    heights = [filter_sheet(filters(nn.Conv2d(3, count, 3))).picture().height for count in (20, 23, 30)]
    assert heights[0] < heights[1] == heights[2], "the last three begin a row"
    shown = filters(nn.Conv2d(1, 1, 1)).pixels()
    assert shown.item() in (1, 255), "a single weight is its filter's largest"


def test_the_nearest_are_those_that_are_named() -> None:
    known = np.arange(6, dtype=np.uint8)[:, None, None, None].repeat(4, 2).repeat(4, 3) * 40
    codes = np.eye(6, dtype=np.float32)
    near = nearest(codes[[2]] + 0.1 * codes[[4]], codes, 2)
    sheet = nearest_sheet(known[[0]], known, near, ["ant"], ["ant", "bee", "ant", "bee", "bee", "ant"])
    shown = np.asarray(sheet.picture())[170, 200:]  # text lies elsewhere
    assert {tuple(pixel) for pixel in shown.tolist()} == {(0, 0, 0), (80, 80, 80), (160, 160, 160), (251, 251, 250)}


def test_a_brief_sheet_is_the_first_of_all_and_no_wider_than_it_may_be() -> None:
    shades = [np.full((1, 8, 8), shade, np.uint8) for shade in (10, 60, 110, 160)]
    row = Row(("a",), tuple((each, "") for each in shades))
    whole = Sheet("what was found", "and how to read it", (row, row, row), (8, 8), lead=1)
    some = whole.brief(2, 600)
    assert [len(each.pictures) for each in some.rows] == [3, 3]
    assert some.title == whole.title
    assert whole.brief(9, 2000).rows[0].pictures == row.pictures
    assert {(10,) * 3, (60,) * 3, (110,) * 3} <= colors(some.picture())
    assert (160,) * 3 not in colors(some.picture())


def test_large_pictures_are_made_smaller_and_small_ones_larger() -> None:
    def across(side: int) -> int:
        sheet = Sheet("", "", (Row(("a",), ((np.zeros((1, side, side), np.uint8), ""),)),), (side, side)).picture()
        return int((np.asarray(sheet) == 0).all(axis=2).any(axis=0).sum())

    assert [across(side) for side in (5, 60, 120, 224)] == [95, 120, 120, 144]


def test_a_long_title_is_broken_into_lines() -> None:
    row = Row(("a",), ((np.zeros((1, 4, 4), np.uint8), ""),))
    short, long = (Sheet("words " * count, "line " * count, (row,), (4, 4)).picture() for count in (1, 60))
    assert long.width == short.width
    assert long.height > short.height + 60


def test_sheets_stand_abreast_whole() -> None:
    sides = {"red": (30, 50), "blue": (40, 20), "lime": (40, 10)}
    whole = abreast([Image.new("RGB", size, color) for color, size in sides.items()], "What is seen", "some of it")
    counts = {
        color: (np.asarray(whole) == Image.new("RGB", (1, 1), color).getpixel((0, 0))).all(axis=2).sum()
        for color in sides
    }
    assert counts == {color: width * height for color, (width, height) in sides.items()}
    assert whole.width == 80
    _, columns = np.nonzero((np.asarray(whole) == (0, 255, 0)).all(axis=2))
    assert columns.min() == 40, "the third stands where there is more room"


@pytest.mark.parametrize("count", [2, 20])
def test_a_map_shows_each_class_in_its_color(count: int) -> None:
    labels = np.arange(200) % count
    points = np.random.default_rng(0).normal(size=(200, 2)).astype(np.float32) + labels[:, None] * 5
    found = Embedding("pca", points, 0.5, 0.05, np.array([0.6, 0.2]))
    sheet = map_sheet(found, labels, [f"kind {label}" for label in range(count)])
    alone = map_sheet(found, np.zeros(200, np.int64), ["kind 0"])
    assert len(colors(sheet)) > len(colors(alone))
