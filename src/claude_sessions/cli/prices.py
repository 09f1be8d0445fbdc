"""`prices`: which models have a price, and how old the prices are."""

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from claude_sessions.usage.prices import Price, Prices


def prices(
    prices: Annotated[str | None, typer.Option(metavar="FILE", help="Take prices from FILE first.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """List models and their prices, and how old these are.

    Prices are US dollars per million tokens. LONG PROMPTS are input and output of prompts of more tokens than stated.
    """
    from datetime import UTC, datetime

    from claude_sessions.answers.usage import configured_prices
    from claude_sessions.cli.output import print_json
    from claude_sessions.cli.usage_report import complain_of_age

    known, now_ns = configured_prices(prices), time.time_ns()
    age = known.age_days(datetime.fromtimestamp(now_ns // 10**9, UTC).date())
    if json:
        print_json({"prices_date": known.compared and known.compared.isoformat(), "age_days": age, **_json(known)})
    else:
        print("\n".join(_lines(known)))
        if known.compared:
            print(f"\nUS dollars per million tokens, as of {known.compared} ({age} days old).")
    complain_of_age(known, now_ns)


def _lines(known: "Prices") -> list[str]:
    from claude_sessions.cli.chosen import columns as terminal_width
    from claude_sessions.cli.table import Column, left_out, table
    from claude_sessions.screen.printable import printable

    columns = (
        Column("MODEL"),
        Column("INPUT", right=True),
        Column("OUTPUT", right=True),
        Column("WRITE 5M", left_out=2, right=True),
        Column("WRITE 1H", left_out=3, right=True),
        Column("READ", left_out=1, right=True),
        Column("FAST", left_out=4, right=True),
        Column("LONG PROMPTS", left_out=5),
    )
    rows = [(printable(name), *_cells(price)) for name, price in known.models.items()]
    width = terminal_width()
    lines = table(columns, rows, width)
    if missing := left_out(columns, rows, width):
        lines += ["", f"No room for {', '.join(missing)}; --json has all."]
    return lines


def _cells(price: "Price") -> tuple[str, ...]:
    dollars = (price.input, price.output, *price.cache_prices())
    long = price.long
    above = f"{long.input:g}/{long.output:g} >{long.above / 1000:.10g}k" if long else ""
    return (*(f"{each:.10g}" for each in dollars), f"×{price.fast:g}" if price.fast else "", above)


def _json(known: "Prices") -> dict[str, Any]:
    """Return the models in the form that a file for --prices has."""
    import msgspec

    models = {}
    for name, price in known.models.items():
        model = {key: value for key, value in msgspec.to_builtins(price).items() if value not in (None, [], ())}
        names = ("cache_write_5m", "cache_write_1h", "cache_read")
        model |= {key: round(value, 9) for key, value in zip(names, price.cache_prices(), strict=True)}
        if price.earlier:
            model["earlier"] = [
                {key: value for key, value in each.items() if value is not None} for each in model["earlier"]
            ]
        models[name] = model
    return {"web_search": known.web_search, "models": models}
