"""The studio: a workbench in the browser that reads run folders, and starts what a command line would start."""

from neocog.studio.app import application
from neocog.studio.opened import Opened, open_path
from neocog.studio.server import DEFAULT_PORT, serve

__all__ = ["DEFAULT_PORT", "Opened", "application", "open_path", "serve"]
