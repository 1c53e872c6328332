"""`neocog VERB`: finds the verb's file, runs it, and turns what a user can mend into exit status 2 and two lines.

Exit status: 0 done, 2 the user can mend it (one clear message, no traceback), 1 our fault, 130 interrupted.
Only the file of the verb that was asked for is loaded: `neocog show` never waits for torch.
"""

import functools
import importlib
import os
import signal
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, NoReturn

import typer

from neocog import __version__
from neocog.cli.console import INTERRUPTED, report_error
from neocog.core import launch
from neocog.core.errors import NeocogError, PartedError, nearest

VERBS = {
    "show": "The layer table of a network: shapes, parameters, operations, receptive field.",
    "check": "What is wrong with the data, before any training.",
    "advise": "Which way of transfer fits the data, with evidence.",
    "train": "Train a network on labelled images; prints where the run folder is.",
    "evaluate": "An honest verdict on a model: the report, as a page and as data.",
    "compare": "Whether the second of two judged runs is really better than the first.",
    "predict": "Class and probability of images, by a model.",
    "explain": "What an answer rests on: heat maps, each with a check of whether to believe it.",
    "studio": "The workbench in the browser: runs, results, training as it goes on, networks.",
    "cache": "The prepared images that are kept: list them, or clear them away.",
    "demo": "The main job on the embedded digits, from images to report.",
}


_INTERRUPTED = "interrupted; run the same command again"
"""What is told, and how to go on, where there was nothing to save."""


class _Ended(Exception):  # noqa: N818  (no error: it carries an end past Typer, which would give it another status)
    """A verb was interrupted, or the reader of its output went away."""


def command(verb: str) -> typer.Typer:
    """The Typer application of one verb: the function of that name in the module of that name."""
    function = getattr(importlib.import_module(f"neocog.cli.{verb}"), verb)

    @functools.wraps(function)
    def ended(*arguments: Any, **options: Any) -> None:
        try:
            function(*arguments, **options)
        except (BrokenPipeError, KeyboardInterrupt) as end:
            raise _Ended from end

    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.command()(ended)
    return app


@contextmanager
def _nothing_to_save() -> Iterator[None]:
    """While a verb is loaded, a signal ends the process; an exception would not do, for libraries may swallow it."""
    before = {number: signal.signal(number, _leave) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


def _leave(_number: int, _frame: FrameType | None) -> NoReturn:
    told = f"error: {_INTERRUPTED}\n".replace("; ", "\n       ")
    os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, told.encode())
    os._exit(INTERRUPTED)


def usage() -> str:
    """What `neocog --help` prints."""
    lines = [f"  {verb:<10} {line}" for verb, line in VERBS.items()]
    return "\n".join(
        [
            "neocog: train a convolutional network on labelled images, judge it, look inside it, ship it",
            "",
            "Usage: neocog VERB [OPTIONS]",
            "",
            *lines,
            "",
            "`neocog VERB --help` says more; begin with `neocog demo`.",
        ]
    )


def run(arguments: list[str]) -> int:
    """Run the command line; returns the exit status."""
    if not arguments or arguments[0] in ("--help", "-h", "help"):
        print(usage())
        return 0
    if arguments[0] == "--version":
        print(f"neocog {__version__}")
        return 0
    if (earlier := launch.told()) is not None:
        return _refused(earlier)
    verb, *rest = arguments
    # OpenMP's threads spin where they wait, by default so long that one busy neighbor makes training 20 times slower;
    # at this count it is 5 times, and on a quiet machine as fast (1.00 to 0.88 of the default, by the network)
    os.environ.setdefault("GOMP_SPINCOUNT", "10000")
    warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")  # damaged metadata of whole pictures
    try:
        if verb not in VERBS:
            raise NeocogError(f"unknown verb {verb!r}; {nearest(verb, VERBS)}")
        with _nothing_to_save():
            application = command(verb)
        application(rest, prog_name=f"neocog {verb}")
    except PartedError as error:
        if not launch.hears():
            report_error(str(error))
        return 2
    except NeocogError as error:
        return _refused(str(error))
    except OSError as error:
        if error.errno is None:  # none of the system's refusals
            raise
        return _refused(
            f"{error.filename or 'the output'} cannot be used ({error.strerror}); choose another, or make room"
        )
    except (_Ended, KeyboardInterrupt) as end:
        if isinstance(end.__cause__, BrokenPipeError):  # the reader of our output went away, as `head` does
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 128 + signal.SIGPIPE
        if not launch.follows():
            report_error(_INTERRUPTED)
        return INTERRUPTED
    except SystemExit as stop:
        status = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
        if status == 2:  # Typer has said what the command line lacks
            launch.tells("the command line cannot be read")
        return status
    return 0


def _refused(message: str) -> int:
    """Say what the user can mend, unless another process of this launch has spoken; returns the exit status."""
    if launch.tells(message):
        report_error(message)
    return 2


def main() -> None:
    """The console script."""
    status = run(sys.argv[1:])
    if launch.launched():
        # threads of torch may still want the interpreter, whose own end would then abort the process: torchrun would
        # take that for an accident and start all processes again
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    sys.exit(status)


if __name__ == "__main__":
    main()
