"""The studio as a web application: thin routes over the public functions, an interface under `/api/`, and the pages.

`/api/openapi.json` describes the interface. Every other address that is no file of the front end is a view, and gives
the one page that draws them all, so that an address can be shared.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib import resources
from pathlib import Path

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp

from neocog import __version__
from neocog.core.errors import MissingRunError, NeocogError
from neocog.studio.guard import Guard, problem
from neocog.studio.jobs import Jobs
from neocog.studio.opened import Opened
from neocog.studio.routes import dataset, mapping, network, results, runs, see, training

KEPT = "public, max-age=31536000, immutable"
"""For files whose name holds a hash of their content."""


def application(opened: Opened, token: str, port: int, ready: Callable[[], None] = lambda: None) -> ASGIApp:
    """The whole studio behind its guard; `ready` is called once it answers."""
    return Guard(unguarded(opened, ready), token, port)


def unguarded(opened: Opened, ready: Callable[[], None] = lambda: None) -> FastAPI:
    """The routes alone, for whom the guard let in."""
    jobs = Jobs()

    @asynccontextmanager
    async def living(_: FastAPI) -> AsyncIterator[None]:
        ready()
        yield

    app = FastAPI(
        title="Neocog studio",
        version=__version__,
        description="Runs, their results and their training, read from run folders.",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=living,
    )
    for router in (runs.router(opened, jobs), results.router(opened, jobs), training.router(opened, jobs)):
        app.include_router(router, prefix="/api")
    for router in (network.router(opened), see.router(opened), dataset.router(opened), mapping.router(opened)):
        app.include_router(router, prefix="/api")
    app.add_exception_handler(NeocogError, _mendable)
    app.add_exception_handler(RequestValidationError, _unreadable)
    _serve_pages(app, Path(str(resources.files("neocog.studio"))) / "built")
    return app


async def _mendable(request: Request, error: Exception) -> JSONResponse:
    return problem(request, 404 if isinstance(error, MissingRunError) else 422, str(error))


async def _unreadable(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    return problem(request, 422, f"{'.'.join(map(str, first['loc']))}: {first['msg']}; change that")


def _serve_pages(app: FastAPI, built: Path) -> None:
    """The files of the front end, and its page at every other address."""

    @app.get("/api/{rest:path}", include_in_schema=False)
    def unknown(request: Request, rest: str) -> Response:
        return problem(request, 404, f"there is nothing at /api/{rest}; see /api/openapi.json")

    @app.get("/assets/{name}", include_in_schema=False)
    def asset(name: str) -> Response:
        file = built / "assets" / name
        if "/" in name or name.startswith(".") or not file.is_file():
            raise HTTPException(404)
        return FileResponse(file, headers={"cache-control": KEPT})

    @app.get("/{rest:path}", include_in_schema=False)
    def page(rest: str) -> Response:
        if rest == "icon.svg":
            return FileResponse(built / rest)
        if rest.startswith("assets/"):
            raise HTTPException(404)
        if not (built / "index.html").is_file():
            return PlainTextResponse("the studio's pages are not built; run `make studio`\n", status_code=500)
        return FileResponse(built / "index.html", headers={"cache-control": "no-cache"})
