"""Results: what a judged run came to, the images of a cell, and their pictures."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from neocog.core.errors import RunError
from neocog.studio import results as judged
from neocog.studio.jobs import Jobs
from neocog.studio.opened import Opened
from neocog.studio.pictures import picture
from neocog.studio.results import ClassCurves, Order, Results, SampleDetail, Samples
from neocog.studio.runs import RunSummary, State, summary

MOST_SAMPLES = 500


def router(opened: Opened, jobs: Jobs) -> APIRouter:
    """The routes of the page Results."""
    routes = APIRouter(prefix="/runs/{name}", tags=["results"])

    @routes.get("/results")
    def results(name: str) -> Results:
        """What the run came to on its sealed test set."""
        return judged.results(opened.run(name))

    @routes.post("/results", status_code=202)
    def evaluate(name: str) -> RunSummary:
        """Open the sealed test set and judge the run, in a process of its own."""
        run = opened.run(name)
        if summary(run).state is not State.FINISHED:
            raise RunError(f"{name} must be finished before it is judged; wait for it, or resume it")
        jobs.start(run, "evaluate", [str(run.path.resolve()), "--quiet"])
        return summary(run)

    @routes.get("/samples")
    def samples(
        name: str,
        label: int | None = None,
        answer: int | None = None,
        wrong: bool | None = None,
        order: Order = "surest",
        start: Annotated[int, Query(ge=0)] = 0,
        most: Annotated[int, Query(ge=1, le=MOST_SAMPLES)] = 60,
    ) -> Samples:
        """The images of a cell, sorted."""
        run = opened.run(name)
        return judged.samples(run, label=label, answer=answer, wrong=wrong, order=order, start=start, most=most)

    @routes.get("/samples/{index}")
    def sample(name: str, index: int) -> SampleDetail:
        """One image, with what the model says of it."""
        return judged.sample(opened.run(name), index)

    @routes.get("/samples/{index}/picture", response_class=Response)
    def show(name: str, index: int, side: Annotated[int, Query(ge=8, le=2048)] = 96) -> Response:
        """The image itself, as PNG."""
        run = opened.run(name)
        file = judged.sample_file(run, index)
        return Response(
            picture(run, file, side), media_type="image/png", headers={"cache-control": "private, max-age=600"}
        )

    @routes.get("/classes/{label}/curves")
    def curves(name: str, label: int) -> ClassCurves:
        """ROC and precision-recall of one class against the rest."""
        return judged.class_curves(opened.run(name), label)

    return routes
