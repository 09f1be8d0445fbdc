"""A conversation, or the part of it that a recording shows: how much was said, and what that used up."""

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from claude_sessions.transcript.overview import Overview
    from claude_sessions.usage import Totals


class Part(NamedTuple):
    """See the module. The transcripts' overviews tell of this part alone."""

    overviews: "Sequence[Overview]"
    totals: "Totals"
    claude_cost: int | None
    """What Claude Code itself reckoned, in UNITS; None where it did not, or only for more than this part."""

    @property
    def prompts(self) -> int:
        """How many there are."""
        return sum(each.prompts for each in self.overviews)

    @property
    def responses(self) -> int:
        """How many there are in the conversation itself: those of subagents are not among them."""
        return sum(each.responses for each in self.overviews)

    @property
    def counts(self) -> tuple[int, int, int]:
        """What differs where one part is more than another."""
        return self.prompts, self.responses, self.totals.responses

    @property
    def said(self) -> list[str]:
        """The first and the last prompt of each transcript."""
        return [text for each in self.overviews for text in (each.first.prompt, each.last.prompt) if text]

    @property
    def answered(self) -> str:
        """Prompts and responses for people."""
        branches = max((each.branches for each in self.overviews), default=0)
        text = f"{self.prompts:,}, answered in {self.responses:,} {'response' if self.responses == 1 else 'responses'}"
        return text + (f", {branches} branches" if branches > 1 else "")

    @property
    def tokens(self) -> str:
        """Tokens for people."""
        totals = self.totals
        if not totals.responses:
            return "none"
        cached = f"{totals.read:,} read from the cache, {totals.cache_write:,} written to it"
        return f"{totals.input:,} in, {totals.output:,} out, {cached}"

    @property
    def cost(self) -> str:
        """The cost for people."""
        from claude_sessions.usage.response import UNITS

        totals = self.totals
        at_least = "at least " if totals.unknown or totals.lower_bound else ""
        unpriced = f": no price is known for {', '.join(sorted(totals.unknown))}" if totals.unknown else ""
        own = "" if self.claude_cost is None else f" (Claude Code says ${self.claude_cost / UNITS:,.2f})"
        return f"{at_least}${totals.known_cost / UNITS:,.2f}{own}{unpriced}"

    def json(self) -> dict[str, Any]:
        """Return all of it for programs; nulls where there is no transcript."""
        if not self.overviews:
            return {"prompts": None, "responses": None, "first_prompt": None, "last_prompt": None, "usage": None}
        said = self.said
        return {
            "prompts": self.prompts,
            "responses": self.responses,
            "first_prompt": said[0] if said else None,
            "last_prompt": said[-1] if said else None,
            "usage": _usage_json(self.totals, self.claude_cost),
        }


def _usage_json(totals: "Totals", claude_cost: int | None) -> dict[str, Any]:
    from claude_sessions.usage.response import in_dollars

    return {
        "responses": totals.responses,
        "input_tokens": totals.input,
        "output_tokens": totals.output,
        "cache_write_tokens": totals.cache_write,
        "cache_read_tokens": totals.read,
        "total_tokens": totals.total,
        "cost": None if totals.cost is None else in_dollars(totals.cost),
        "claude_cost": None if claude_cost is None else in_dollars(claude_cost),
        "unknown_models": sorted(totals.unknown),
    }
