"""Training: what is new in a run, and how to stop it and go on with it."""

from fastapi import APIRouter

from neocog.core.errors import RunError
from neocog.studio import training as watched
from neocog.studio.jobs import Jobs
from neocog.studio.opened import Opened
from neocog.studio.runs import RunSummary, State, summary
from neocog.studio.training import Progress


def router(opened: Opened, jobs: Jobs) -> APIRouter:
    """The routes of the page Training."""
    routes = APIRouter(prefix="/runs/{name}", tags=["training"])

    @routes.get("/progress")
    def progress(name: str, place: str = "") -> Progress:
        """The events of the run since a place."""
        return watched.progress(opened.run(name), place)

    @routes.post("/stop", status_code=202)
    def stop(name: str) -> RunSummary:
        """Ask the run to save its state and to stop."""
        run = opened.run(name)
        if summary(run).state not in (State.TRAINING, State.STOPPING):
            raise RunError(f"{name} is not training; there is nothing to stop")
        run.ask_to_stop()
        return summary(run)

    @routes.post("/resume", status_code=202)
    def resume(name: str) -> RunSummary:
        """Go on from the last checkpoint, in a process of its own."""
        run = opened.run(name)
        if not summary(run).resumable:
            raise RunError(f"{name} cannot be resumed, for it is finished or at work; begin a new run")
        jobs.start(run, "train", ["--resume", "--out", str(run.path.resolve()), "--quiet"])
        return summary(run)

    return routes
