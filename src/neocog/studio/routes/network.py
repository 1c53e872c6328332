"""Network: texts to begin with, and what a text comes to while it is typed."""

from fastapi import APIRouter, Response
from pydantic import Field

from neocog.network.text import MAX_TEXT
from neocog.studio import networks
from neocog.studio.networks import NetworkText, NetworkView
from neocog.studio.opened import Opened
from neocog.studio.runs import Answer
from neocog.studio.stepping import StepView, step_view


class Text(Answer):
    """A network's text."""

    text: str = Field(max_length=MAX_TEXT)


class StepWanted(Text):
    """Which cell, of which layer; without a run the weights are drawn."""

    layer: str
    run: str | None = None
    channel: int = 0
    row: int = 0
    column: int = 0
    source: int = 0
    image: int = Field(default=0, ge=0)


def router(opened: Opened) -> APIRouter:
    """The routes of the page Network."""
    routes = APIRouter(tags=["network"])

    @routes.get("/networks/{name}")
    def zoo_network(name: str) -> NetworkText:
        """The text of a network of the zoo."""
        return networks.zoo_text(name)

    @routes.get("/runs/{name}/network")
    def run_network(name: str) -> NetworkText:
        """The text of a run's network."""
        return networks.run_text(opened.run(name))

    @routes.get("/model")
    def model() -> NetworkText:
        """The text of the model file that was opened."""
        return networks.model_text(opened)

    @routes.post("/network")
    def view(text: Text) -> NetworkView:
        """What a text comes to: its table, or the error at its line."""
        return networks.view(text.text)

    @routes.post("/network/step")
    def step(wanted: StepWanted) -> StepView:
        """How one output cell of a convolution or a pool comes to be, on a real image."""
        run = opened.run(wanted.run) if wanted.run else None
        return step_view(
            wanted.text, run, wanted.layer, wanted.channel, wanted.row, wanted.column, wanted.source, wanted.image
        )

    @routes.post("/network/drawing", response_class=Response)
    def drawing(text: Text) -> Response:
        """The drawing of a text's network, as SVG."""
        return Response(networks.drawing(text.text), media_type="image/svg+xml")

    return routes
