"""What is shipped: a wheel with the built pages in it starts the studio on a machine that has no Node."""

import http.client
import re
import signal
import subprocess
import sys
import sysconfig
import venv
import zipfile
from contextlib import closing
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from neocog import studio as room

ROOT = Path(__file__).resolve().parents[2]
BUILT = Path(str(room.__file__)).parent / "built"


@pytest.mark.slow
@pytest.mark.skipif(not BUILT.is_dir(), reason="the pages are not built: make studio")
def test_a_wheel_starts_the_studio_without_node(tmp_path: Path) -> None:
    """The environment is empty but for the wheel; what it depends on is lent by the one that runs this test."""
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path), str(ROOT)]
    subprocess.run(build, check=True)
    (wheel,) = tmp_path.glob("neocog-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "neocog/studio/built/index.html" in names
    assert [name for name in names if "/web/" in name or "node_modules" in name] == []
    home = tmp_path / "venv"
    venv.create(home, with_pip=False)
    place = Path(sysconfig.get_path("purelib", vars={"base": str(home), "platbase": str(home)}))
    zipfile.ZipFile(wheel).extractall(place)
    lent = [path for path in sys.path if path.endswith("-packages")]
    (place / "lent.pth").write_text("\n".join(lent) + "\n")
    command = [str(home / "bin" / "python"), "-m", "neocog", "studio", "--no-browser"]
    with subprocess.Popen(command, cwd=tmp_path, env={"PATH": ""}, stdout=subprocess.PIPE, text=True) as studio:
        assert studio.stdout is not None
        address = urlsplit(studio.stdout.readline())
        (token,) = parse_qs(address.query.strip())["token"]
        cookie = {"cookie": f"neocog-studio-{address.port}={token}"}
        with closing(http.client.HTTPConnection("127.0.0.1", address.port or 0, timeout=60)) as connection:
            connection.request("GET", "/runs", headers=cookie)
            page = connection.getresponse().read().decode()
            script = re.search(r'src="(/assets/[^"]+\.js)"', page)
            assert script is not None
            connection.request("GET", script[1], headers=cookie)
            assert (
                connection.getresponse().read().startswith((b"var", b"import", b"const", b"(", b"function", b"class"))
            )
        studio.send_signal(signal.SIGINT)
        assert studio.wait(60) == 0
