"""Geometry: each map as torchvision has it, composed maps as a chain of them, and no moire where an image shrinks."""

import math
from types import ModuleType

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from torch.nn import functional as torch_functional

from neocog.data import Preprocessing, prepare
from neocog.data.geometry import Drawn, composed, cut, frame, sample
from neocog.data.prepare import squash

SIDE = 48
PLAIN = Preprocessing(size=(SIDE, SIDE), channels=3)


def smooth(count: int, channels: int, side: int, cells: int = 4) -> torch.Tensor:
    """Images of low frequency, which interpolation hardly blurs (0 to 255)."""
    noise = torch.rand(count, channels, cells, cells, generator=torch.Generator().manual_seed(1))
    return torch_functional.interpolate(noise, size=(side, side), mode="bicubic").clamp(0, 1) * 255


IMAGE = smooth(1, 3, SIDE)


def ours(drawn: dict[str, float | list[float]], image: torch.Tensor = IMAGE) -> torch.Tensor:
    """One image under the named parameters."""
    values = {name: np.array([value]) for name, value in drawn.items()}
    return sample(image, composed(values, 1), PLAIN, values.get("lens"))


def inner(image: torch.Tensor, margin: int = 12) -> torch.Tensor:
    """The middle, to which no edge has come."""
    return image[..., margin:-margin, margin:-margin]


def bilinear(functional: ModuleType) -> object:
    return functional.InterpolationMode.BILINEAR


@pytest.mark.parametrize("degrees", [12.0, -33.0])
def test_a_turn_is_torchvisions_turn(functional: ModuleType, degrees: float) -> None:
    """Both turn counterclockwise, seen on the screen, where the angle is positive."""
    theirs = functional.rotate(IMAGE, degrees, interpolation=bilinear(functional))
    torch.testing.assert_close(inner(ours({"rotation": math.radians(degrees)})), inner(theirs), atol=0.02, rtol=0)


@pytest.mark.parametrize("shift", [(5, -3), (-2, 7)])
def test_a_shift_is_torchvisions_shift(functional: ModuleType, shift: tuple[int, int]) -> None:
    """Both move the picture right and down where the numbers are positive; ours count halves of the side."""
    theirs = functional.affine(IMAGE, 0.0, list(shift), 1.0, [0.0, 0.0], interpolation=bilinear(functional))
    drawn = {"translation": [2 * pixels / SIDE for pixels in shift]}
    torch.testing.assert_close(inner(ours(drawn)), inner(theirs), atol=0.02, rtol=0)


@pytest.mark.parametrize("factor", [1.3, 0.8])
def test_a_scale_is_torchvisions_scale(functional: ModuleType, factor: float) -> None:
    theirs = functional.affine(IMAGE, 0.0, [0, 0], factor, [0.0, 0.0], interpolation=bilinear(functional))
    torch.testing.assert_close(inner(ours({"scale": factor})), inner(theirs), atol=0.02, rtol=0)


@pytest.mark.parametrize("degrees", [15.0, -20.0])
def test_a_shear_is_torchvisions_shear(functional: ModuleType, degrees: float) -> None:
    """A positive angle leans to the right, as italics do."""
    theirs = functional.affine(IMAGE, 0.0, [0, 0], 1.0, [degrees, 0.0], interpolation=bilinear(functional))
    torch.testing.assert_close(inner(ours({"shear": math.radians(degrees)})), inner(theirs), atol=0.02, rtol=0)


def test_italics_lean_to_the_right() -> None:
    bar = torch.zeros(1, 1, SIDE, SIDE)
    bar[..., SIDE // 2 - 1 : SIDE // 2 + 1] = 1
    leaning = ours({"shear": 0.3}, bar)[0, 0]
    columns = torch.arange(SIDE, dtype=torch.float32)
    assert (leaning[4] @ columns) / leaning[4].sum() > SIDE / 2 + 4 > (leaning[-4] @ columns) / leaning[-4].sum() + 8


def test_flips_are_flips() -> None:
    torch.testing.assert_close(ours({"flip_horizontal": -1.0}), IMAGE.flip(3), atol=1e-3, rtol=0)
    torch.testing.assert_close(ours({"flip_vertical": -1.0}), IMAGE.flip(2), atol=1e-3, rtol=0)


@pytest.mark.parametrize("factor", [1.25, 0.8])
def test_a_stretch_is_a_resize_to_another_shape(functional: ModuleType, factor: float) -> None:
    """The width times the factor, the height divided by it, about the center."""
    height, width = round(SIDE / factor), round(SIDE * factor)
    theirs = functional.center_crop(functional.resize(IMAGE, [height, width], antialias=False), [24, 24])
    exact = ours({"stretch": math.sqrt(width / height)})
    torch.testing.assert_close(inner(exact), theirs, atol=2.5, rtol=0)
    assert (inner(exact) - inner(IMAGE)).abs().max() > 10


@pytest.mark.parametrize("tilt", [(0.15, 0.0), (0.0, -0.15), (0.05, 0.1)])
def test_a_tilt_is_torchvisions_perspective(functional: ModuleType, tilt: tuple[float, float]) -> None:
    """Where the corners of the output look in the source is computed by hand; positive comes nearer right and below."""
    corners = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
    source = [[c / (1 + tilt[0] * x + tilt[1] * y) for c in (x, y)] for x, y in corners]
    starts, ends = ([[(c + 1) * SIDE / 2 for c in corner] for corner in each] for each in (source, corners))
    theirs = functional.perspective(IMAGE, starts, ends, interpolation=bilinear(functional))
    torch.testing.assert_close(inner(ours({"perspective": list(tilt)})), inner(theirs), atol=0.05, rtol=0)


@pytest.mark.parametrize("bend", [0.12, -0.12])
def test_a_lens_moves_each_pixel_along_its_radius(bend: float) -> None:
    """A picture that is its own coordinates says where each pixel came from."""
    line = (torch.arange(SIDE) + 0.5) * 2 / SIDE - 1
    coordinates = torch.stack(torch.meshgrid(line, line, indexing="xy"))[None]
    found = inner(ours({"lens": bend}, coordinates), 8)
    x, y = inner(coordinates, 8)[0].double()
    factor = 1 + bend * (x**2 + y**2)
    torch.testing.assert_close(found[0].double(), torch.stack([x * factor, y * factor]), atol=1e-4, rtol=0)


def test_a_lens_is_as_round_on_a_wide_field() -> None:
    wide = Preprocessing(size=(24, 48), channels=1)
    laid = frame(wide, np.array([2.0], np.float32))
    line = (torch.arange(48) + 0.5) * 2 / 48 - 1
    coordinates = torch.stack(torch.meshgrid(line, line, indexing="xy"))[None]
    out = sample(coordinates, laid.outward @ laid.inward, wide, np.array([0.1]))[0, 0, 12]
    x = line.double()
    torch.testing.assert_close(out[4:-4].double(), (x * (1 + 0.1 * (x**2 + (1 / 48) ** 2)))[4:-4], atol=2e-3, rtol=0)


@pytest.mark.parametrize("degrees", [90, -90, 180])
def test_a_quarter_turn_is_exact(degrees: int) -> None:
    image = torch.rand(1, 2, 9, 9)
    turn = composed({"rotation": np.array([math.radians(degrees)])}, 1)
    out = sample(image, turn, Preprocessing(size=(9, 9), channels=1))
    assert torch.allclose(out, torch.rot90(image, degrees // 90, (2, 3)), atol=1e-5)


CHAIN: list[tuple[str, list[float]]] = [
    ("rotation", [0.2]),
    ("shear", [0.15]),
    ("scale", [1.2]),
    ("translation", [0.05, -0.04]),
    ("perspective", [0.08, 0.05]),
    ("lens", [-0.06]),
]


def test_composed_equals_chained_and_is_sharper() -> None:
    """Law 3: one sampling of the composed map gives what a sampling for each map gives, less their blur."""
    values = {name: np.array([value if len(value) > 1 else value[0]]) for name, value in CHAIN}

    def chained(image: torch.Tensor) -> torch.Tensor:
        for name, _ in CHAIN:
            alone: Drawn = {name: values[name]}
            image = sample(image, composed(alone, 1), PLAIN, alone.get("lens"))
        return image

    def at_once(image: torch.Tensor) -> torch.Tensor:
        return sample(image, composed(values, 1), PLAIN, values["lens"])

    assert (inner(at_once(IMAGE)) - inner(chained(IMAGE))).abs().mean() < 0.6, "of 255"
    assert (inner(IMAGE) - inner(chained(IMAGE))).abs().mean() > 10
    fine = torch.rand(1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(2)) * 255
    assert inner(at_once(fine)).std() > 1.5 * inner(chained(fine)).std()


def test_the_sharper_one_is_nearer_to_the_truth() -> None:
    """A texture that is known everywhere, turned by 30 degrees: at once, and in six turns of 5."""

    def texture(angle: float) -> torch.Tensor:
        line = (torch.arange(SIDE) + 0.5) * 2 / SIDE - 1
        x, y = torch.meshgrid(line, line, indexing="xy")
        across = math.cos(angle) * x - math.sin(angle) * y
        return (127 + 100 * torch.sin(40 * across))[None, None]

    once = ours({"rotation": math.radians(30)}, texture(0))
    six = texture(0)
    for _ in range(6):
        six = ours({"rotation": math.radians(5)}, six)
    truth = inner(texture(math.radians(30)))
    assert (inner(once) - truth).abs().mean() < 0.5 * (inner(six) - truth).abs().mean()


@pytest.mark.parametrize("drawn", [{}, {"rotation": [0.5]}, {"perspective": [[0.2, 0.1]]}, {"lens": [0.1]}])
def test_a_checkerboard_that_is_shrunk_is_gray(drawn: dict[str, list[float]]) -> None:
    side = 256
    board = ((torch.arange(side)[:, None] + torch.arange(side)) % 2 * 255.0)[None, None]
    values = {"scale": np.array([1.0]), **{name: np.array(value) for name, value in drawn.items()}}
    field = Preprocessing(size=(60, 60), channels=1)  # 4.27 pixels to one
    out = sample(board, composed(values, 1), field, values.get("lens"))
    middle = inner(out, 8)
    assert (middle - 127.5).abs().max() < 20
    point = torch_functional.interpolate(board, size=(60, 60), mode="bilinear", align_corners=False)
    assert (inner(point, 8) - 127.5).abs().max() > 60, "one sample a pixel shows moire"


def test_shrinking_is_averaging_and_as_prepare_does_it() -> None:
    """A factor of 2 is the mean of 2 x 2 pixels; any other is near Pillow's anti-aliased resize."""
    field = Preprocessing(size=(24, 24), channels=1)
    fine = torch.rand(1, 1, 48, 48, generator=torch.Generator().manual_seed(3)) * 255
    half = sample(fine, np.eye(3)[None], field)
    torch.testing.assert_close(half, torch_functional.avg_pool2d(fine, 2), atol=1e-3, rtol=0)
    rough = smooth(1, 1, 64, 24)
    still = sample(rough, np.eye(3)[None], field)[0, 0].numpy()
    theirs = np.asarray(Image.fromarray(rough[0, 0].numpy()).resize((24, 24), Image.Resampling.BOX))
    aliased = torch_functional.interpolate(rough, size=(24, 24), mode="bilinear", align_corners=False)[0, 0].numpy()
    assert np.abs(still - theirs).mean() < 0.7 * np.abs(aliased - theirs).mean()


def test_only_what_shrinks_is_averaged_and_along_its_axis_alone() -> None:
    """Columns one pixel wide: a picture squeezed in height keeps them, one squeezed in width turns gray."""
    stripes = (torch.arange(64) % 2 * 255.0).expand(1, 1, 64, 64)
    upright = Preprocessing(size=(16, 64), channels=1)
    torch.testing.assert_close(sample(stripes, np.eye(3)[None], upright), stripes[:, :, :16], atol=0.01, rtol=0)
    across = sample(stripes, np.eye(3)[None], Preprocessing(size=(64, 16), channels=1))
    assert (across - 127.5).abs().max() < 1


def test_a_sample_looks_alike_alone_and_among_others_that_shrink_otherwise() -> None:
    fine = torch.rand(5, 1, 64, 64, generator=torch.Generator().manual_seed(4)) * 255
    maps = composed({"scale": np.array([1.3, 0.6, 0.4, 1.0, 0.3])}, 5)
    field = Preprocessing(size=(32, 32), channels=1)
    together = sample(fine, maps, field)
    for place in range(5):
        alone = sample(fine[place : place + 1], maps[place : place + 1], field)
        torch.testing.assert_close(together[place], alone[0], atol=1e-3, rtol=0)


ASPECTS = st.sampled_from([0.4, 0.75, 1.0, 4 / 3, 2.5])


@given(aspect=ASPECTS, policy=st.sampled_from(["crop", "pad", "stretch"]), seed=st.integers(0, 99))
def test_a_crop_stays_within_the_image(aspect: float, policy: str, seed: int) -> None:
    preprocessing = Preprocessing(size=(32, 40), channels=1, resize=policy)  # type: ignore[arg-type]
    laid = frame(preprocessing, np.full(50, aspect, np.float32))
    random = np.random.default_rng(seed)
    shares, aspects = random.uniform(0.3, 1, (50, 10)), 2 ** random.uniform(-1, 1, (50, 10))
    half_width, half_height, x, y = cut(laid, shares, aspects, random.uniform(-1, 1, (50, 2)), 2.0).T
    room = np.maximum(laid.image, laid.field)
    assert (np.abs(x) + half_width <= room[:, 0] * (1 + 1e-9)).all()
    assert (np.abs(y) + half_height <= room[:, 1] * (1 + 1e-9)).all()


@pytest.mark.parametrize(("height", "width"), [(64, 64), (60, 90), (90, 40)])
def test_random_crops_are_distributed_as_torchvisions(functional: ModuleType, height: int, width: int) -> None:
    """Share of the area and aspect ratio, by their quartiles, against RandomResizedCrop on a large image."""
    transforms = pytest.importorskip("torchvision.transforms.v2")
    count, scale = 4_000, 40
    theirs = transforms.RandomResizedCrop(8, scale=(0.3, 1.0), ratio=(1 / 1.5, 1.5))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        picture = torch.empty(1, height * scale, width * scale, device="meta")
        boxes = [theirs.make_params([picture]) for _ in range(count)]
    room = height * width * scale**2
    expected = np.array([[box["height"] * box["width"] / room, box["width"] / box["height"]] for box in boxes])
    random = np.random.default_rng(0)
    laid = frame(Preprocessing(size=(32, 32), channels=1), np.full(count, width / height, np.float32))
    shares, aspects = random.uniform(0.3, 1, (count, 10)), 1.5 ** random.uniform(-1, 1, (count, 10))
    half_width, half_height, _, _ = cut(laid, shares, aspects, np.zeros((count, 2)), 1.5).T
    found = np.stack([half_width * half_height / laid.image.prod(axis=1), half_width / half_height], axis=-1)
    quantiles = [0.05, 0.25, 0.5, 0.75, 0.95]
    for column in (0, 1):
        ours, wanted = (np.quantile(each[:, column], quantiles) for each in (found, expected))
        np.testing.assert_allclose(ours, wanted, atol=0.03)


def test_a_crop_shows_what_torchvisions_resized_crop_shows(functional: ModuleType) -> None:
    box = {"crop": [24 / SIDE, 36 / SIDE, (10 + 12) * 2 / SIDE - 1, (6 + 18) * 2 / SIDE - 1]}
    theirs = functional.resized_crop(IMAGE, 6, 10, 36, 24, [SIDE, SIDE], antialias=False)
    torch.testing.assert_close(inner(ours(box), 3), inner(theirs, 3), atol=0.05, rtol=0)


@pytest.mark.parametrize("policy", ["crop", "pad", "stretch"])
@pytest.mark.parametrize(("width", "height"), [(120, 80), (80, 120), (96, 96)])
@pytest.mark.parametrize("size", [(40, 40), (32, 48)])
def test_a_still_map_from_the_squashed_image_shows_what_prepare_shows(
    policy: str, width: int, height: int, size: tuple[int, int]
) -> None:
    """The training view without any draw lies where validation lies: no skew between them."""
    pixels = smooth(1, 1, 120)[0, 0].to(torch.uint8).numpy()
    pixels = np.asarray(Image.fromarray(pixels).resize((width, height)))[:, :, None]
    preprocessing = Preprocessing(size=size, channels=1, resize=policy)  # type: ignore[arg-type]
    laid = frame(preprocessing, np.array([width / height], np.float32))
    squashed = torch.from_numpy(squash(pixels, 56, 1))[None].float()
    still = sample(squashed, laid.outward @ laid.inward, preprocessing)[0, 0].numpy()
    expected = prepare(pixels, preprocessing)[0].astype(float)
    difference = np.abs(still - expected)[4:-4, 4:-4]
    assert np.median(difference) < 4, "of 255"


def test_a_still_square_is_bit_exact() -> None:
    images = torch.randint(0, 256, (4, 1, 28, 28), dtype=torch.uint8)
    preprocessing = Preprocessing(size=(32, 32), channels=1, border=2, mean=(0.2,), deviation=(0.3,))
    laid = frame(preprocessing, np.ones(4, np.float32))
    out = sample(images.float(), laid.outward @ laid.inward, preprocessing)
    assert torch.allclose(out, torch_functional.pad(images.float(), (2, 2, 2, 2)), atol=1e-3)
