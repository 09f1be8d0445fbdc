"""What runs beside the pump: nothing of it may hurt the session."""

import os
from collections.abc import Awaitable, Callable
from typing import Any

import trio

from claude_sessions.log import entry as kinds
from claude_sessions.log.events import LinkInfo, encode_info
from claude_sessions.recording import control
from claude_sessions.recording.journal import Journal
from claude_sessions.recording.link import RegistryFollower, link_from_arguments
from claude_sessions.recording.plan import HostPlan
from claude_sessions.recording.writer import Writer
from claude_sessions.screen.printable import printable

SYNC_S = 1.0


class Services:
    """Syncing the log, following Claude's registry, answering the control socket."""

    def __init__(self, plan: HostPlan, journal: Journal, writer: Writer) -> None:
        self._plan = plan
        self._journal = journal
        self._writer = writer

    def start(self, nursery: trio.Nursery) -> None:
        """Start them all; none where nothing is recorded."""
        if self._plan.home is not None:
            for service in (self._sync, self._follow_claude, self._serve_control):
                nursery.start_soon(_unharmed, service)

    async def _sync(self) -> None:
        while True:
            await trio.sleep(SYNC_S)
            if self._writer.needs_sync():
                await trio.to_thread.run_sync(self._writer.sync, abandon_on_cancel=True)

    async def _follow_claude(self) -> None:
        promised = link_from_arguments(self._plan.child.argv, self._plan.working_directory, os.environ)
        if promised is not None:
            self._link(promised)
        known = promised.claude_session_id if promised is not None else ""
        await RegistryFollower(os.getpid(), os.environ, self._link, known).run()

    def _link(self, link: LinkInfo) -> None:
        self._journal.event(kinds.LINK, encode_info(link))

    async def _serve_control(self) -> None:
        if self._plan.home is None:
            return
        listener = control.listen(self._plan.home, self._plan.session_id)
        try:
            await control.serve(listener, self._handle)
        finally:
            control.remove(self._plan.home, self._plan.session_id)

    def _handle(self, request: dict[str, Any]) -> dict[str, Any]:
        match request.get("do"):
            case "pause":
                return {"changed": self._journal.pause("command"), "paused": True}
            case "unpause":
                return {"changed": self._journal.unpause("command"), "paused": False}
            case "mark":
                label = request.get("label")
                if not isinstance(label, str) or not label.strip() or len(label) > kinds.LONGEST_LABEL:
                    return {"error": f"a label is a text of 1 to {kinds.LONGEST_LABEL} characters"}
                return {"label": self._journal.mark(printable(label))}
            case "status":
                return {"paused": self._journal.paused}
            case other:
                return {"error": f"unknown request {other!r}"}


async def _unharmed(service: Callable[[], Awaitable[None]]) -> None:
    """Run a service; whatever goes wrong in it, the session goes on."""
    try:
        await service()
    except Exception:  # noqa: BLE001, S110 - there is nowhere to say it while the child has the terminal
        pass
