"""What the build of a wheel does besides packing: it brings the web player and the page, where npm is there."""

import runpy
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WebHook(BuildHookInterface[Any]):
    """Without npm the wheel is built all the same: `export` and `serve` then say what is missing.

    A checkout that is installed as it stands is left alone, too: that must be quick, and work with no npm around.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - as hatch calls it
        """Run before the files are gathered."""
        if version == "editable":
            return  # a checkout: make web
        for trouble in runpy.run_path(str(Path(self.root) / "web" / "bring.py"))["bring"]():
            self.app.display_warning(trouble)
