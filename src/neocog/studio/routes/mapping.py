"""Map: a run's images laid onto a plane by the codes of a layer, and the nearest of each."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from neocog.studio.mapping import MapAnswer, MapChoices, MapImage, Maps, Part, Way, row_file
from neocog.studio.opened import Opened
from neocog.studio.pictures import picture


def router(opened: Opened) -> APIRouter:
    """The routes of the page Map."""
    routes = APIRouter(prefix="/runs/{name}/map", tags=["map"])
    maps = Maps()

    @routes.get("/choices")
    def choices(name: str) -> MapChoices:
        """What a map may be made of."""
        return maps.choices(opened.run(name))

    @routes.get("")
    def view(name: str, layer: str, part: Part = "known", way: Way = "tsne") -> MapAnswer:
        """The map, or how far its computing is: then ask again."""
        return maps.view(opened.run(name), part, layer, way)

    @routes.get("/images/{row}")
    def image(name: str, row: int, layer: str, part: Part = "known") -> MapImage:
        """An image of the map, with what the model says of it, and its nearest by their codes."""
        return maps.image(opened.run(name), part, layer, row)

    @routes.get("/images/{row}/picture", response_class=Response)
    def show(name: str, row: int, side: Annotated[int, Query(ge=8, le=2048)] = 96) -> Response:
        """The image itself, as PNG."""
        run = opened.run(name)
        headers = {"cache-control": "private, max-age=600"}
        return Response(picture(run, row_file(run, row), side), media_type="image/png", headers=headers)

    return routes
