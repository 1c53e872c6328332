"""Map: a run's images laid onto a plane by the codes of a layer, and the nearest of each."""

from fastapi import APIRouter

from neocog.studio import mapping
from neocog.studio.mapping import MapAnswer, MapChoices, MapImage, Maps, Part, Way
from neocog.studio.opened import Opened
from neocog.studio.subjects import subject


def router(opened: Opened) -> APIRouter:
    """The routes of the page Map."""
    routes = APIRouter(prefix="/runs/{name}/map", tags=["map"])
    maps = Maps()

    @routes.get("/choices")
    def choices(name: str) -> MapChoices:
        """What a map may be made of."""
        return mapping.choices(subject(opened, name))

    @routes.get("")
    def view(name: str, layer: str, part: Part = "known", way: Way = "tsne") -> MapAnswer:
        """The map, or how far its computing is: then ask again."""
        return maps.view(subject(opened, name), part, layer, way)

    @routes.get("/image")
    def image(name: str, file: str, layer: str, part: Part = "known") -> MapImage:
        """An image of the map, with what the model says of it, and its nearest by their codes."""
        return maps.image(subject(opened, name), part, layer, file)

    return routes
