"""Draws a set for masks: shapes on textures, 500 images of 96 pixels, each with a class for every pixel.

    python docs/mask_study/drawn.py FOLDER

Discs, rings, squares and triangles, turned, of many sizes, up to three an image, may cover each other. Shape alone
tells the class: each shape and each ground gets its texture and its color by chance, so that the middle of a disc
looks like the middle of a square, and a network has to see the outline from there. A line of one pixel around each
shape is ignored (255), as PASCAL VOC does. Everything is a function of the seed.
"""

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

CLASSES = ("ground", "disc", "ring", "square", "triangle")
IMAGES = 500
SIDE = 96
SEED = 7
_SIZES = (15.0, 30.0)
_FINE = 4


def draw(folder: Path, images: int = IMAGES, side: int = SIDE, seed: int = SEED) -> Path:
    """Write `images/`, `masks/` and `classes.txt` into a folder."""
    for name in ("images", "masks"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "classes.txt").write_text("\n".join(CLASSES) + "\n")
    for number in range(images):
        image, mask = scene(np.random.default_rng([seed, number]), side)
        Image.fromarray(image).save(folder / f"images/{number:03}.png")
        Image.fromarray(mask).save(folder / f"masks/{number:03}.png")
    return folder


def scene(random: np.random.Generator, side: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """One image (uint8 H W 3) and its mask (uint8 H W)."""
    image = texture(random, side)
    mask = np.zeros((side, side), np.uint8)
    for _ in range(random.integers(1, 4)):
        kind = int(random.integers(1, len(CLASSES)))
        cover = shape(random, kind, side)
        image = image * (1 - cover[:, :, None]) + texture(random, side) * cover[:, :, None]
        mask[cover > 0.5] = kind
        near = (cover > 0.02) & (cover < 0.98)
        mask[near] = 255
    noisy = image + random.normal(0, 6, image.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8), mask


def texture(random: np.random.Generator, side: int) -> NDArray[np.float64]:
    """A ground of one of three textures (stripes, checks, grain) between two colors (H W 3)."""
    first, second = random.uniform(30, 225, (2, 3))
    second = first + 0.6 * (second - first)
    rows, columns = np.mgrid[:side, :side]
    angle, wave = random.uniform(0, np.pi), random.uniform(5, 11)
    along = rows * np.sin(angle) + columns * np.cos(angle)
    across = columns * np.sin(angle) - rows * np.cos(angle)
    match random.integers(0, 3):
        case 0:
            share = 0.5 + 0.5 * np.sin(2 * np.pi * along / wave)
        case 1:
            share = 0.5 + 0.5 * np.sin(2 * np.pi * along / wave) * np.sin(2 * np.pi * across / wave)
        case _:
            grain = random.uniform(0, 255, (side // 6, side // 6)).astype(np.uint8)
            share = np.asarray(Image.fromarray(grain).resize((side, side), Image.Resampling.BICUBIC)) / 255
    return np.asarray(first + share[:, :, None] * (second - first))


def shape(random: np.random.Generator, kind: int, side: int) -> NDArray[np.float64]:
    """How much of each pixel a shape covers (H W, 0 to 1)."""
    radius = random.uniform(*_SIZES) * side / SIDE
    middle = random.uniform(radius * 0.7, side - radius * 0.7, 2)
    angle = random.uniform(0, 2 * np.pi)
    places = (np.arange(side * _FINE) + 0.5) / _FINE
    down, right = places[:, None] - middle[0], places[None, :] - middle[1]
    x, y = right * np.cos(angle) + down * np.sin(angle), down * np.cos(angle) - right * np.sin(angle)
    match CLASSES[kind]:
        case "disc":
            inside = x**2 + y**2 < radius**2
        case "ring":
            distance = x**2 + y**2
            inside = (distance < radius**2) & (distance > (0.5 * radius) ** 2)
        case "square":
            inside = np.maximum(abs(x), abs(y)) < 0.85 * radius
        case _:
            corner = np.maximum(-y, np.maximum(0.866 * x + 0.5 * y, -0.866 * x + 0.5 * y))
            inside = corner < 0.6 * radius
    fine = inside.astype(np.float64).reshape(side, _FINE, side, _FINE)
    return np.asarray(fine.mean(axis=(1, 3)))


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
