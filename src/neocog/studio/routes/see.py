"""See: what a network makes of an image, layer by layer, unit by unit, and what its answer rests on."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from neocog.studio import heats, seeing, shown, units
from neocog.studio.errands import Errands
from neocog.studio.heats import Heat, HeatCheck
from neocog.studio.opened import Opened
from neocog.studio.pictures import png
from neocog.studio.runs import Answer
from neocog.studio.seeing import Seen, SeenImage, SeenNetwork, UnitMap
from neocog.studio.shown import DATA, Gallery, Shown
from neocog.studio.subjects import Subject, subject
from neocog.studio.units import PreferredInput, SeenUnit

MOST_CHOICES = 200
BINARY = "application/octet-stream"


class DataChoice(Answer):
    """An image of the data that can be looked at."""

    image: str
    """Its name in an address."""
    file: str
    label: str


class DataChoices(Answer):
    """Some of them."""

    total: int
    choices: list[DataChoice]


class HeatAnswer(Answer):
    """A heat map, None while it is computed."""

    heat: Heat | None


class CheckAnswer(Answer):
    """Its check, None while it is computed."""

    check: HeatCheck | None


class PreferredAnswer(Answer):
    """A preferred input, None while it climbs."""

    preferred: PreferredInput | None


def router(opened: Opened) -> APIRouter:
    """The routes of the page See; without a run they are about the model file that was opened."""
    routes = APIRouter(prefix="/see", tags=["see"])
    gallery, errands = Gallery(), Errands()

    def both(run: str | None, image: str) -> tuple[Subject, Shown]:
        chosen = subject(opened, run)
        return chosen, gallery.look(chosen.run, image)

    @routes.get("/network")
    def network(run: str | None = None) -> SeenNetwork:
        """The layers that can be looked at, the classes, and the methods that explain."""
        return seeing.network(subject(opened, run))

    @routes.get("/look", response_class=Response, responses={200: {"model": Seen}})
    def look(run: str | None = None, image: str = "") -> Response:
        """The answer to an image and the maps of all layers: the length of a `Seen` (uint32), it, and the bytes."""
        return Response(seeing.look(*both(run, image)), media_type=BINARY)

    @routes.post("/look", response_class=Response, responses={200: {"model": Seen}})
    async def look_at(request: Request, run: str | None = None) -> Response:
        """The same for an image that is handed in and not kept."""
        raw = await request.body()
        found = await run_in_threadpool(lambda: seeing.look(subject(opened, run), shown.given(raw)))
        return Response(found, media_type=BINARY)

    @routes.post("/images", status_code=201)
    async def keep(request: Request) -> SeenImage:
        """Keep an image, so that its address can be shared."""
        found = await run_in_threadpool(shown.keep, await request.body())
        height, width = found.pixels.shape[:2]
        return SeenImage(spec=found.spec, name=found.name, height=height, width=width, label="", split="")

    @routes.get("/images")
    def images(
        run: str,
        split: Literal["train", "val"] = "val",
        label: str = "",
        start: Annotated[int, Query(ge=0)] = 0,
        most: Annotated[int, Query(ge=1, le=MOST_CHOICES)] = 60,
    ) -> DataChoices:
        """Images of a run's data; not those of its sealed test set."""
        rows = shown.split_rows(opened.run(run)).values()
        found = [row for row in rows if row.split == split and label in ("", row.label)]
        choices = [DataChoice(image=DATA + row.file, file=row.file, label=row.label) for row in found]
        return DataChoices(total=len(choices), choices=choices[start : start + most])

    @routes.get("/picture", response_class=Response)
    def picture(image: str, run: str | None = None, side: Annotated[int, Query(ge=8, le=2048)] = 96) -> Response:
        """An image itself, as PNG."""
        found = gallery.find(opened.run(run) if run else None, image)
        headers = {"cache-control": "private, max-age=600"}
        return Response(png(found.pixels, side), media_type="image/png", headers=headers)

    @routes.get("/map")
    def unit_map(layer: str, unit: int, run: str | None = None, image: str = "") -> UnitMap:
        """The whole map of one unit."""
        return seeing.unit_map(*both(run, image), layer, unit)

    @routes.get("/unit")
    def unit(layer: str, unit: int, run: str | None = None) -> SeenUnit:
        """What the training images tell about a unit, once they have been looked through."""
        return units.unit(errands, subject(opened, run), layer, unit)

    @routes.get("/preferred")
    def preferred(layer: str, unit: int, run: str | None = None) -> PreferredAnswer:
        """The input that excites a unit most."""
        return PreferredAnswer(preferred=units.preferred_input(errands, subject(opened, run), layer, unit))

    @routes.get("/heat")
    def heat(method: str, label: int, run: str | None = None, image: str = "") -> HeatAnswer:
        """What in an image speaks for a class."""
        return HeatAnswer(heat=heats.heat(errands, *both(run, image), method, label))

    @routes.get("/check")
    def check(method: str, label: int, run: str | None = None, image: str = "") -> CheckAnswer:
        """Whether that may be believed."""
        return CheckAnswer(check=heats.heat_check(errands, *both(run, image), method, label))

    return routes
