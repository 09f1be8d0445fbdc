"""The rules by which secrets are recognised, read from the file beside this one."""

import functools
import tomllib
from collections.abc import Iterable
from enum import StrEnum
from importlib.resources import files
from typing import Any

import msgspec
import re2

from claude_sessions.base.errors import UsageError


class Kind(StrEnum):
    """What a rule is about."""

    SECRET = "secret"  # noqa: S105 - the word itself
    EMAIL = "email"


class Rule(msgspec.Struct, frozen=True):
    """One kind of secret; the fields are explained at the head of the file."""

    name: str
    patterns: tuple[str, ...]
    keywords: tuple[str, ...] = ()
    require: tuple[str, ...] = ()
    refuse: tuple[str, ...] = ()
    entropy: float = 0.0
    kind: Kind = Kind.SECRET
    across: bool = False
    prompts: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    harmless: tuple[str, ...] = ()


class RuleSet:
    """Rules made ready for use."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        self.compiled = tuple(map(_Compiled, self.rules))
        words = sorted({word for rule in self.rules for word in rule.keywords})
        self.unkeyed = any(not rule.keywords for rule in self.rules)
        self.find_keyword = re2.compile("|".join(map(re2.escape, words)) or r"[^\s\S]", _FOLDED).search
        """Finds a place where any rule may apply: most text has none."""
        self._prompts = tuple((rule.name, re2.compile(each)) for rule in self.rules for each in rule.prompts)

    @property
    def asks(self) -> bool:
        """Whether there is a rule about prompts."""
        return bool(self._prompts)

    def parted(self) -> "tuple[RuleSet, RuleSet]":
        """Return the rules whose secrets lie within a line, and those whose secrets may go over several."""
        return (
            RuleSet(rule for rule in self.rules if not rule.across),
            RuleSet(rule for rule in self.rules if rule.across),
        )

    def asks_for(self, prompt: str) -> str:
        """Return the name of the rule for what a program asks for with this text before the cursor; empty if for no secret."""
        return next((name for name, pattern in self._prompts if pattern.search(prompt)), "")


class _Compiled:
    """A rule and its expressions."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.finditers = tuple(re2.compile(each).finditer for each in _together(rule.patterns))
        self.require = tuple(re2.compile(each).search for each in rule.require)
        self.refuse = tuple(re2.compile(each).search for each in rule.refuse)


def _together(patterns: tuple[str, ...]) -> tuple[str, ...]:
    """Return the expressions as one where none has a group: thirty of them are found as fast as one."""
    if len(patterns) > 1 and not any(re2.compile(each).groups for each in patterns):
        return ("|".join(f"(?:{each})" for each in patterns),)
    return patterns


_FOLDED = re2.Options()
_FOLDED.case_sensitive = False


@functools.cache
def known_rules() -> tuple[Rule, ...]:
    """Return all rules that come with the program."""
    text = files(__package__).joinpath("rules.toml").read_text("utf-8")
    return tuple(msgspec.convert(tomllib.loads(text)["rule"], list[Rule]))


@functools.cache
def usual_rules(*, email: bool = False) -> RuleSet:
    """Return the rules that find secrets; with `email` addresses, too."""
    return RuleSet(rule for rule in known_rules() if email or rule.kind is Kind.SECRET)


def rules_for(patterns: Iterable[str]) -> RuleSet:
    """Return rules for what a person describes by expressions of their own; UsageError where one is none.

    Where an expression has a group, that is what goes, otherwise all that it matches.
    """
    return RuleSet(_rule_for(pattern, number) for number, pattern in enumerate(patterns, 1))


def _rule_for(pattern: str, number: int) -> Rule:
    options: Any = re2.Options()
    options.log_errors = False
    try:
        compiled = re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0].decode(errors="replace") if isinstance(error.args[0], bytes) else error
        raise UsageError(f"{pattern!r} is no expression that can be searched for: {reason}") from None
    if compiled.search("") is not None:
        raise UsageError(f"{pattern!r} matches an empty text, so it would match everywhere")
    return Rule(f"pattern {number}", (pattern,), across=True)  # which may be the secret itself: its name must not be
