"""Views at test time: against sums by hand, and chosen without a look at the test set."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from neocog.core.errors import ModelFileError, RecipeError
from neocog.core.run import LEDGER
from neocog.data import DataOptions, Preprocessing, decode, inspect, prepare
from neocog.evaluate import evaluate
from neocog.evaluate import judge as judge_module
from neocog.evaluate.views import PASSES, WAYS, Looker, corners, enlarged
from neocog.model import logits, probabilities


@pytest.fixture(autouse=True)
def _no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge_module, "page", lambda report, _: report.verdict)


@pytest.fixture
def looker(made: Any) -> Looker:
    model = made.model()
    return Looker(model, model.module(), "cpu", 4)


def _by_hand(looker: Looker, data: Any, rows: Any, way: str) -> Any:
    """The mean over the views, each cut from the pixels by hand."""
    for row in rows:
        pixels = decode(data.table.source.read(int(row))).pixels
        if way == "flips":
            whole = prepare(pixels, looker.model.preprocessing)
            views = [whole, whole[..., ::-1]]
        else:
            large = prepare(pixels, Preprocessing(size=(9, 9), channels=1))
            places = [(0, 0), (0, 1), (1, 0), (1, 1), (0, 0)]
            cut = [large[:, top : top + 8, left : left + 8] for top, left in places]
            views = [*cut, *(each[..., ::-1] for each in cut)]
        values = logits(looker.module, np.stack(views), looker.model.preprocessing)
        yield probabilities(values).mean(axis=0)


@pytest.mark.parametrize("way", ["flips", "ten_crop"])
def test_the_answer_is_the_mean_over_the_views(looker: Looker, run: Any, way: Any) -> None:
    data = inspect(DataOptions(path=str(run.data)))
    rows = data.rows("test")[:4]
    assert looker.chances(data, rows, way) == pytest.approx(np.stack(list(_by_hand(looker, data, rows, way))), abs=1e-5)


def test_a_single_look_is_what_predicting_gives(looker: Looker, run: Any) -> None:
    data = inspect(DataOptions(path=str(run.data)))
    rows = data.rows("val")
    images = np.stack(
        [prepare(decode(data.table.source.read(int(row))).pixels, looker.model.preprocessing) for row in rows]
    )
    plain = probabilities(logits(looker.module, images, looker.model.preprocessing))
    assert looker.chances(data, rows, "none") == pytest.approx(plain, abs=1e-5)


def test_a_border_is_put_around_each_crop() -> None:
    plain = Preprocessing(size=(32, 32), channels=1, border=2)
    assert (enlarged(plain).size, enlarged(plain).border) == ((32, 32), 0)
    assert corners((32, 32), plain) == [(0, 0), (0, 4), (4, 0), (4, 4), (2, 2)]


def test_weights_that_want_a_larger_image_keep_it() -> None:
    assert enlarged(Preprocessing(size=(224, 224), channels=3, short=224)).short == 256
    assert enlarged(Preprocessing(size=(224, 224), channels=3, short=256)).size == (256, 256)
    assert enlarged(Preprocessing(size=(224, 224), channels=3)).short is None


def test_what_a_way_gains_is_measured_on_validation(run: Any) -> None:
    report = evaluate(run.folder, changes={"test_time": "flips"})
    assert report.viewing is not None
    assert (report.viewing.way, len(report.viewing.gains)) == ("flips", 1)
    gain = report.viewing.gains[0]
    assert (gain.images, gain.passes, gain.difference.value) == (12, 2, 0.0), "a mean brightness has no mirror image"
    assert report.reliance is None, "the threshold is that of a single look"
    document = report.to_dict()["test_time"]
    assert (document["way"], document["passes"], document["gains"][0]["way"]) == ("flips", 2, "flips")
    assert "flips: 0.0 points on 12 validation images (95 % interval" in report.viewing.sentences[1]
    assert report.viewing.sentences[1].endswith("no more than chance, for 2 times the computing.")


def test_auto_takes_what_is_better_on_validation_alone(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[tuple[str, int]] = []

    def chances(self: Looker, data: Any, rows: Any, way: str) -> Any:
        looked.append((way, len(rows)))
        right = np.eye(3)[data.labels[rows]]
        return right if way == "ten_crop" else np.roll(right, 1, axis=1)

    monkeypatch.setattr(Looker, "chances", chances)
    report = evaluate(run.folder, changes={"test_time": "auto"})
    assert report.viewing is not None
    assert report.viewing.way == "ten_crop"
    assert looked == [("none", 12), ("flips", 12), ("ten_crop", 12), ("ten_crop", 15)], "validation first, one opening"
    assert len((run.folder / LEDGER).read_text().splitlines()) == 1


def test_auto_without_a_gain_looks_once(run: Any) -> None:
    report = evaluate(run.folder, changes={"test_time": "auto"})
    plain = evaluate(run.folder)
    assert report.viewing is not None
    assert (report.viewing.way, len(report.viewing.gains)) == ("none", len(WAYS) - 1)
    assert report.viewing.sentences[0].startswith("Each image was looked at once")
    assert (report.samples.probabilities == plain.samples.probabilities).all()
    assert plain.viewing is None


def test_other_data_is_judged_by_what_the_run_s_validation_says(run: Any, made: Any, tmp_path: Path) -> None:
    for label in ("black", "white"):
        for seed in range(300, 304):
            made.image(tmp_path / "more" / label / f"{seed}.png", label, seed)
    report = evaluate(run.folder, tmp_path / "more", out=tmp_path / "out", changes={"test_time": "ten_crop"})
    assert report.viewing is not None
    assert report.viewing.gains[0].images == 12


def test_a_bare_model_file_has_nothing_to_choose_by(run: Any, tmp_path: Path) -> None:
    bare = tmp_path / "bare.safetensors"
    bare.write_bytes((run.folder / "model.safetensors").read_bytes())
    with pytest.raises(ModelFileError, match="is no run folder, so it has no validation images to choose by; give the"):
        evaluate(bare, run.data, out=tmp_path / "out", changes={"test_time": "auto"})
    report = evaluate(bare, run.data, out=tmp_path / "out", changes={"test_time": "flips"})
    assert report.viewing is not None
    assert report.viewing.sentences[1] == "What that gains could not be measured: no validation images are at hand."


def test_a_way_that_is_not_known_is_refused(run: Any) -> None:
    with pytest.raises(
        RecipeError, match="`test_time` must be 'none', 'flips', 'ten_crop', 'auto' or 'ensemble', not 'crops'"
    ):
        evaluate(run.folder, changes={"test_time": "crops"})


def test_every_way_has_its_cost(looker: Looker, run: Any) -> None:
    """The passes that are told are those that are made."""
    data = inspect(DataOptions(path=str(run.data)))
    for way in WAYS:
        count = 0

        def counted(*arguments: Any) -> None:
            nonlocal count
            count += len(arguments[1][0])

        handle = looker.module.register_forward_hook(lambda *parts: counted(*parts))
        looker.chances(data, data.rows("val"), way)
        handle.remove()
        assert count == 12 * PASSES[way]
    assert torch.is_grad_enabled()
