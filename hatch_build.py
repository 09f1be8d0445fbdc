"""What the build of a wheel does besides packing: it fetches the web player, where npm is there."""

import runpy
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PlayerHook(BuildHookInterface[Any]):
    """Without npm the wheel is built all the same: `export` then says that it cannot make .html.

    A checkout that is installed as it stands is left alone, too: that must be quick, and work with no npm around.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - as hatch calls it
        """Run before the files are gathered."""
        if version == "editable":
            return  # a checkout: make player
        reason = runpy.run_path(str(Path(self.root) / "web" / "player" / "fetch.py"))["fetch"]()
        if reason:
            self.app.display_warning(f"the .html export of recordings will be missing: {reason}")
