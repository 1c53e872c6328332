"""Images from afar, against the images made small by Pillow."""

import numpy as np
from PIL import Image

from neocog.data.glimpses import GLIMPSE, glimpses
from neocog.data.signature import signatures, thumbnail


def test_a_glimpse_is_the_small_image_in_its_mean_color() -> None:
    drawn = np.random.default_rng(0).integers(0, 256, (20, 4, 4, 3), np.uint8)
    images = [np.asarray(Image.fromarray(blocks).resize((48, 40), Image.Resampling.BICUBIC)) for blocks in drawn]
    seen = [thumbnail(image) for image in images]
    known = signatures(np.stack([luma for luma, _ in seen]), np.array([mean for _, mean in seen]))
    found = glimpses(known)
    assert found.shape == (20, GLIMPSE, GLIMPSE, 3)
    for image, glimpse in zip(images, found, strict=True):
        small = np.asarray(Image.fromarray(image).convert("L").resize((GLIMPSE, GLIMPSE), Image.Resampling.BILINEAR))
        luma = np.asarray(Image.fromarray(glimpse).convert("L"))
        assert np.corrcoef(small.ravel(), luma.ravel())[0, 1] > 0.9
        np.testing.assert_allclose(glimpse.mean(axis=(0, 1)), image.mean(axis=(0, 1)), atol=16)


def test_none_and_plain_ones() -> None:
    assert glimpses(signatures(np.zeros((0, 32, 32), np.uint8), np.zeros((0, 3)))).shape == (0, 8, 8, 3)
    white = signatures(np.full((1, 32, 32), 255, np.uint8), np.full((1, 3), 255.0))
    assert (glimpses(white) >= 254).all()
