"""Secrets in text: every rule finds its examples, whole, and nothing in what is harmless."""

import random
import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.base.errors import UsageError
from claude_sessions.redact.find import LineFinder, entropy, find_secrets, masked
from claude_sessions.redact.rules import Kind, Rule, RuleSet, known_rules, rules_for, usual_rules

_MADE_UP = {
    "": string.ascii_letters + string.digits,
    "hex": "0123456789abcdef",
    "upper": string.ascii_uppercase + "234567",
}


def made_up(example: str, seed: int = 7) -> tuple[str, int, int]:
    """Return an example's text, and from where to where the secret goes."""
    chance = random.Random(seed)

    def fill(found: re.Match[str]) -> str:
        characters = _MADE_UP[found[1].strip()]
        return (
            "a1" + "".join(chance.choices(characters, k=int(found[2]) - 2))
            if not found[1]
            else "".join(chance.choices(characters, k=int(found[2])))
        )

    text = re.sub(r"\{((?:hex |upper )?)([0-9]+)\}", fill, example)
    before, rest = text.split("«")
    secret, after = rest.split("»")
    return before + secret + after, len(before), len(before) + len(secret)


EXAMPLES = [
    pytest.param(rule, text, id=f"{rule.name} {n}") for rule in known_rules() for n, text in enumerate(rule.examples)
]
HARMLESS = [pytest.param(text, id=f"{rule.name} {n}") for rule in known_rules() for n, text in enumerate(rule.harmless)]


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_every_rule_finds_its_examples(rule: Rule, example: str) -> None:
    """A rule finds the secret from its first to its last character, in text that has more before and after it."""
    text, start, end = made_up(example)
    for before, after in (("", ""), ("❯ say ", ""), ("", " \nand more"), ("│ ", "  │")):
        found = find_secrets(before + text + after, RuleSet([rule]))
        assert [(one.start - len(before), one.end - len(before)) for one in found] == [(start, end)]
        everything = find_secrets(before + text + after, usual_rules(email=True))
        assert any(one.start <= len(before) + start and len(before) + end <= one.end for one in everything)


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_harmless_stays(text: str) -> None:
    """Words that only look a little like a secret are left alone by all rules."""
    assert find_secrets(text) == []


def test_every_rule_is_complete() -> None:
    """Each has a name of its own, examples, and keywords of which one is in each of them."""
    rules = known_rules()
    assert len({rule.name for rule in rules}) == len(rules)
    for rule in rules:
        assert rule.examples
        for example in rule.examples:
            assert any(word in made_up(example)[0].lower() for word in rule.keywords), (rule.name, example)
        assert all(word == word.lower() for word in rule.keywords)


def test_addresses_go_only_on_request() -> None:
    """An e-mail address is no secret unless somebody says so."""
    assert find_secrets("write to ann@mail.example") == []
    assert [one.rule for one in find_secrets("write to ann@mail.example", usual_rules(email=True))] == [
        "e-mail address"
    ]
    assert {rule.kind for rule in known_rules()} == set(Kind)


def test_secrets_do_not_overlap() -> None:
    """What several rules find is one secret."""
    text, start, end = made_up("Authorization: Bearer «sk-ant-api03-{93}AA»")
    assert [(one.start, one.end) for one in find_secrets(text)] == [(start, end)]


def test_masking_keeps_the_rest() -> None:
    """An asterisk stands for each character of a secret, and everything else stays where it was."""
    text = "a postgres://app:hunter2@db b redis://:x1y2@c d"
    assert masked(text, find_secrets(text)) == "a postgres://app:*******@db b redis://:****@c d"


def test_expressions_of_ones_own() -> None:
    """A person's own expression finds what it matches, or its group; one that cannot be is refused in a sentence."""
    assert find_secrets("id 12345.", rules_for([r"id (\d+)"]))[0][:2] == (3, 8)
    assert [one[:2] for one in find_secrets("Ann and Bob", rules_for(["Ann", "Bob"]))] == [(0, 3), (8, 11)]
    for pattern in ("(", "x*", r"(?=a)"):
        with pytest.raises(UsageError):
            rules_for([pattern])


def test_entropy_tells_keys_from_words() -> None:
    """A repeated character is worth nothing, sixteen different ones four bits each."""
    assert entropy("aaaa") == 0
    assert entropy("0123456789abcdef") == 4


@pytest.mark.parametrize(
    ("prompt", "rule"),
    [
        ("Password: ", "password"),
        ("[sudo] password for ann: ", "password"),
        ("Enter passphrase for key '/home/ann/.ssh/id': ", "password"),
        ("? Password \u203a ", "password"),
        ("Password: *****", "password"),
        ("API key:", "assigned secret"),
        ("? Paste your personal access token: ", "assigned secret"),
        ("Client secret (hidden): ", "assigned secret"),
        ("Paste code here if prompted > ", "assigned secret"),
        ("ann@host:~/token$ ", ""),
        ("~/password: ", ""),
        ("> the token: is it here", ""),
        ("Overwrite the token file? (y/n) ", ""),
        ("1234 tokens: ", ""),
        ("❯ ", ""),
        ("", ""),
    ],
)
def test_prompts_tell_what_is_typed_behind_them(prompt: str, rule: str) -> None:
    """A question for a secret is known by its end; folders, prose and numbers are no questions."""
    assert usual_rules().asks_for(prompt) == rule
    assert rules_for(["x"]).asks_for(prompt) == ""


@given(st.text(alphabet=st.sampled_from("ab \n:=-"), max_size=100), st.integers(0, 3))
def test_lines_give_what_the_text_gives(text: str, which: int) -> None:
    """A finder that sees line by line, and across lines what may go across, finds the same."""
    rule = next(rule for rule in known_rules() if rule.name == "private key")
    block, start, end = made_up(rule.examples[which % 2])
    lines = f"{text}\npassword=hunter2!\n{block}\n{text}".split("\n")
    finder = LineFinder(usual_rules())
    assert finder.may_go_across(lines)
    assert not finder.may_go_across(text.split("\n"))
    found = ["\n".join(lines)[one.start : one.end] for one in finder.across(lines)]
    assert len(found) == 1
    assert found[0].startswith(block[start:end].rstrip())
    assert [one.rule for line in lines for one in finder.within(line)] == ["password"]


@given(st.text(max_size=300))
def test_any_text_can_be_searched(text: str) -> None:
    """Whatever the text, the places are within it, in order and apart."""
    position = 0
    for one in find_secrets(text, usual_rules(email=True)):
        assert position <= one.start < one.end <= len(text)
        position = one.end
