"""Data: what there is, image by image; strips of thumbnails; what the network sees."""

from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query, Response

from neocog.core.errors import ImageError
from neocog.data.pictures import row_picture
from neocog.studio import dataset, views
from neocog.studio.dataset import DataReading, DataState, ImageFacts, wanted
from neocog.studio.opened import Opened
from neocog.studio.pictures import png
from neocog.studio.shelf import Held, Shelf
from neocog.studio.strips import far_strip, parse_rows, strip
from neocog.studio.views import NetworkViews

KEPT = {"cache-control": "private, max-age=86400, immutable"}
"""For pictures whose address holds the version of the data."""


def router(opened: Opened) -> APIRouter:
    """The routes of the page Data; without `run` and `path` they are about the data that the studio was opened on."""
    routes = APIRouter(prefix="/dataset", tags=["data"])
    shelf = Shelf()

    def held(run: str, path: str) -> Held:
        return shelf.held(wanted(opened, run, path).options)

    @routes.get("")
    def state(run: str = "", path: str = "", anew: bool = False) -> DataState:
        """The data set, or how far its reading is; `anew` reads it again."""
        asked = wanted(opened, run, path)
        found = shelf.look(asked.options, anew=anew)
        if isinstance(found, Held):
            return DataState(table=dataset.table(found, asked.run), reading=None)
        return DataState(table=None, reading=DataReading(done=found.done, of=found.of))

    @routes.get("/files")
    def files(run: str = "", path: str = "") -> list[str]:
        """The name of each row's file."""
        return list(held(run, path).dataset.table.ids)

    @routes.get("/strip", response_class=Response)
    def thumbnails(
        rows: Annotated[str, Query(max_length=8000)], run: str = "", path: str = "", version: str = ""
    ) -> Response:
        """Some rows' pictures in one; `rows` as `0-95` or `3,17,20-25`, `version` makes the answer keep."""
        found = held(run, path)
        picture, kind = strip(found, parse_rows(rows, len(found.dataset.table)))
        lasts = version == found.version and (found.exact or found.thumbnails is not None)
        return Response(picture, media_type=kind, headers=KEPT if lasts else {})

    @routes.get("/far", response_class=Response)
    def far(part: int = 0, run: str = "", path: str = "", version: str = "") -> Response:
        """Thousands of images from afar, in the order of the rows."""
        found = held(run, path)
        lasts = version == found.version
        return Response(far_strip(found, part), media_type="image/png", headers=KEPT if lasts else {})

    @routes.get("/images/{row}")
    def image(row: int, run: str = "", path: str = "") -> ImageFacts:
        """One image's facts, and what is wrong with it."""
        asked = wanted(opened, run, path)
        return dataset.facts(shelf.held(asked.options), asked.run, row)

    @routes.get("/images/{row}/picture", response_class=Response)
    def picture(row: int, run: str = "", path: str = "", side: Annotated[int, Query(ge=8, le=2048)] = 480) -> Response:
        """The image itself, as PNG."""
        found = held(run, path)
        dataset.require_row(found, row)
        table = found.dataset.table
        try:
            pixels = row_picture(table, row)
        except (ImageError, OSError) as error:
            raise ImageError(f"{table.ids[row]} cannot be shown ({error}); bring it back, or repair it") from error
        return Response(png(pixels, side), media_type="image/png", headers={"cache-control": "no-cache"})

    @routes.get("/views")
    def network_views(
        rows: Annotated[str, Query(max_length=1000)],
        run: str = "",
        path: str = "",
        epoch: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    ) -> NetworkViews:
        """Some rows as the network sees them, from an epoch on."""
        asked = wanted(opened, run, path)
        found = shelf.held(asked.options)
        return views.network_views(found, asked, _readable(found, rows), epoch)

    @routes.get("/sheet", response_class=Response)
    def sheet(
        rows: Annotated[str, Query(max_length=1000)],
        run: str = "",
        path: str = "",
        epoch: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    ) -> Response:
        """The same as a picture, PNG."""
        asked = wanted(opened, run, path)
        found = shelf.held(asked.options)
        return Response(views.sheet(found, asked, _readable(found, rows), epoch), media_type="image/png")

    return routes


def _readable(held: Held, rows: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The rows that a text names, without those that cannot be read."""
    named = parse_rows(rows, len(held.dataset.table), views.MOST)
    return np.array([row for row in named.tolist() if not held.dataset.scan.problems[row]], np.int64)
