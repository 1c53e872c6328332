"""How long the studio's page See takes to answer a new image with the maps of all layers.

    python bench/see_speed.py --images 40

A studio in a process of its own is handed images over HTTP, each a new one, and the time runs from the request until
the last byte has come: decoding, preparing, the answer, a pass that keeps every layer, the maps as bytes, the transfer.
The page draws from these bytes as they are. The weights are drawn from the seed, which takes as long as trained ones.
SqueezeNet and MobileNet get the photographs of `NEOCOG_SHARED`, else of `../shared/data`, without them noise of their
size; LeNet-5 gets digits. What must be kept on two cores: 300 ms for networks of 224 x 224, 50 ms for LeNet-5.
"""

import argparse
import http.client
import io
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
from common import keep, real, spread
from PIL import Image

from neocog import zoo
from neocog.build import build
from neocog.data import DataOptions, Preprocessing, find
from neocog.model import Model, save, weights_of
from neocog.studio.pictures import png

NETS = {"squeezenet1_0": 300, "squeezenet1_1": 300, "mobilenet_v1": 300, "lenet5": 50}
"""The networks, and the milliseconds that each may take."""
WARM = 5


def model_file(net: str, folder: Path) -> Path:
    """A model of a network of the zoo with weights from the seed."""
    entry = zoo.get(net)
    network = entry.build()
    channels, height, width = network.shape
    classes = tuple(f"class {number}" for number in range(1000 if channels == 3 else 10))
    preprocessing = Preprocessing(size=(height, width), channels=3 if channels == 3 else 1, border=entry.border)
    model = Model(
        network=network, weights=weights_of(build(network, seed=1)), classes=classes, preprocessing=preprocessing
    )
    path = folder / f"{net}.safetensors"
    save(model, path)
    return path


def photos(count: int) -> list[bytes]:
    """Photographs as their files hold them, or noise of their size."""
    archive = real("ants-bees-photos.zip")
    if archive is None:
        draw = np.random.default_rng(1)
        noise = [draw.integers(0, 256, (375, 500, 3), np.uint8) for _ in range(count)]
        return [_jpeg(each) for each in noise]
    with zipfile.ZipFile(archive) as opened:
        names = sorted(name for name in opened.namelist() if name.lower().endswith((".jpg", ".jpeg")))
        return [opened.read(name) for name in names[:count]]


def digits(count: int) -> list[bytes]:
    """The first embedded digits as PNG files."""
    table = find("digits", DataOptions(path="digits"))
    return [png(np.asarray(table.source.read(row))) for row in range(count)]


def _jpeg(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG")
    return file.getvalue()


@contextmanager
def studio(model: Path) -> Iterator[tuple[http.client.HTTPConnection, str]]:
    """A studio on a model file: a connection to it, and its cookie."""
    command = [sys.executable, "-m", "neocog", "studio", str(model), "--no-browser"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert process.stdout is not None
        line = next(each for each in process.stdout if "http://" in each)
        address = urlsplit(line[line.index("http://") :].split()[0])
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
        connection.request("GET", f"{address.path}?{address.query}")
        answer = connection.getresponse()
        answer.read()
        yield connection, str(answer.getheader("set-cookie")).partition(";")[0]
    finally:
        process.terminate()
        process.wait(30)


def measure(net: str, count: int) -> tuple[list[float], int]:
    """Milliseconds for each new image, and the bytes of an answer."""
    images = digits(WARM + count) if net == "lenet5" else photos(WARM + count)
    took, size = [], 0
    with tempfile.TemporaryDirectory() as folder, studio(model_file(net, Path(folder))) as (connection, cookie):
        for image in images:
            begin = time.perf_counter()
            connection.request("POST", "/api/see/look", image, {"cookie": cookie})
            answer = connection.getresponse()
            told = answer.read()
            took.append(1000 * (time.perf_counter() - begin))
            assert answer.status == 200, told
            size = len(told)
    return took[WARM:], size


def main() -> int:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description="Milliseconds until a new image is answered with all maps.")
    parser.add_argument("--images", type=int, default=40, help="how many are measured, after five others")
    chosen = parser.parse_args()
    figures = {}
    print(f"{'milliseconds':<16}{'median':>10}{'least':>10}{'most':>10}{'may take':>10}{'megabytes':>11}")
    for net, most in NETS.items():
        took, size = measure(net, chosen.images)
        figures[net] = {"milliseconds": took, "may_take": most, "bytes": size, "n": len(took)}
        print(f"{net:<16}{spread(took, 1)}{most:>10}{size / 1e6:>11.2f}")
    keep("see_speed", figures=figures)
    late = [net for net, told in figures.items() if statistics.median(told["milliseconds"]) > told["may_take"]]
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main())
