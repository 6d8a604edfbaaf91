"""Load the rule data and refuse it when a row is wrong, before the first question."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.rules.context import ContextData, Cue
from app.rules.errors import RuleDataError
from app.rules.mentions import Concept
from app.rules.patterns import Grammar, Index, PatternError
from app.rules.records import ExercisePolicy, Level, QuickCheck, Reference, Status
from app.rules.spelling import Speller

DATA = Path(__file__).parent / "data"
RULE_FILES = ("emergency", "same_day", "soon", "watch")
MAX_WORDS = 45
WORDINGS = (Status.PRESENT, Status.HYPOTHETICAL, Status.OTHER_PERSON, Status.POSSIBLE)

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Combination:
    """Concepts that together make a rule fire.

    Attributes:
        needs: Concepts that must all be spoken of.
        without: Concepts that must not stand near the first of `needs`.
        near: Whether all must stand within a few tokens of each other; else anywhere in the conversation.
    """

    needs: tuple[str, ...]
    without: tuple[str, ...] = ()
    near: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the catalogue; see the data files for the fields' meaning."""

    rule_id: str
    level: Level
    title: str
    when: tuple[Combination, ...]
    policy: ExercisePolicy
    advice: Mapping[Status, str]
    sources: tuple[Reference, ...]
    reviewed: datetime.date
    fires: tuple[str, ...]
    stays_silent: tuple[str, ...]

    @property
    def concepts(self) -> frozenset[str]:
        """Concepts that any of its combinations needs."""
        return frozenset(need for combination in self.when for need in combination.needs)


@dataclass(frozen=True, slots=True)
class TapRow:
    """A red flag offered as one tap: what it reports, and how it is denied."""

    check: QuickCheck
    denial: str


@dataclass(frozen=True, slots=True)
class Rules:
    """All rule data, compiled.

    Attributes:
        rules: By id, most urgent first.
        concepts: By id.
        wider: For each concept itself and all that it is a kind of.
        kinds: For each concept itself and all that are kinds of it.
        context: The context cues.
        index: Every pattern, by the word it starts with.
        speller: Repairs misspelt words towards the lexicon.
        taps: The quick check, in the order it is offered.
        safety_net: The standing "see a doctor if" sentence.
        disclaimer: General information, no diagnosis, not signed off by a clinician.
    """

    rules: Mapping[str, Rule]
    concepts: Mapping[str, Concept]
    wider: Mapping[str, tuple[str, ...]]
    kinds: Mapping[str, frozenset[str]]
    context: ContextData
    index: Index
    speller: Speller
    taps: tuple[TapRow, ...]
    safety_net: str
    disclaimer: str

    def none_of_these(self, checks: Iterable[QuickCheck]) -> str:
        """What a tap on "none of these" says: each of `checks` denied, in the person's words."""
        asked = {check.rule_id for check in checks}
        return " ".join(tap.denial for tap in self.taps if tap.check.rule_id in asked)


def load_rules(folder: Path | None = None, region: str = "all") -> Rules:
    """Read and check the rule data.

    Args:
        folder: Folder of the TOML files; the project's own when None.
        region: Whose emergency numbers the advice names, a row of `numbers.toml`; `all` shows every one.

    Raises:
        RuleDataError: A row is wrong; names file, row and field.
    """
    return _Loader(folder or DATA, region).load()


class _Loader:
    def __init__(self, folder: Path, region: str) -> None:
        self.folder = folder
        self.numbers = self._numbers(region)
        self.lexicon = self._read("concepts.toml")
        self.grammar = Grammar(self.lexicon.get("parts", {}))
        self.index = Index()
        self.sources = self._sources()

    def load(self) -> Rules:
        """Read every file, in the order in which rows refer to each other."""
        concepts = self._concepts()
        sites = self.lexicon.get("sites", {})
        for kind, patterns in sites.items():
            self._enter("concepts.toml", f"sites.{kind}", "patterns", patterns, f"site:{kind}")
        for name, patterns in self.lexicon.get("idioms", {}).items():
            self._enter("concepts.toml", f"idioms.{name}", "patterns", patterns, f"idiom:{name}")
        context = self._context(concepts)
        self.index.seal()
        rules = self._rules(concepts)
        texts = self._read("texts.toml")
        taps = tuple(self._tap(row, rules) for row in texts.get("tap", []))
        words = self.grammar.words | {
            word for other in self.lexicon.get("alias", {}).values() for word in other.split()
        }
        speller = Speller(words, self.lexicon.get("known_words", []), self.lexicon.get("alias"))
        net, note = (self._text("texts.toml", "texts", texts, k) for k in ("safety_net", "disclaimer"))
        wider = {name: tuple(_closure(name, concepts)) for name in concepts}
        kinds = {name: frozenset(c for c in concepts if name in wider[c]) for name in concepts}
        return Rules(rules, concepts, wider, kinds, context, self.index, speller, taps, net, note)

    def _read(self, name: str) -> Row:
        try:
            with (self.folder / name).open("rb") as file:
                return tomllib.load(file)
        except FileNotFoundError as error:
            raise RuleDataError(name, "", "", f"missing from {self.folder}") from error
        except tomllib.TOMLDecodeError as error:
            raise RuleDataError(name, "", "", f"not valid TOML: {error}") from error

    def _numbers(self, region: str) -> Mapping[str, str]:
        regions = self._read("numbers.toml")
        if region not in regions:
            raise RuleDataError("numbers.toml", region, "", f"unknown region; one of {', '.join(regions)}")
        return {key: str(value) for key, value in regions[region].items()}

    def _sources(self) -> Mapping[str, Reference]:
        rows = self._read("sources.toml").get("source", [])
        return {
            self._text("sources.toml", "source", row, "id"): Reference(
                self._text("sources.toml", row["id"], row, "title"),
                row.get("url", ""),
                row.get("verified", ""),
            )
            for row in rows
        }

    def _concepts(self) -> Mapping[str, Concept]:
        concepts: dict[str, Concept] = {}
        for row in self.lexicon.get("concept", []):
            name = self._text("concepts.toml", "concept", row, "id")
            if name in concepts:
                raise RuleDataError("concepts.toml", name, "id", "appears twice")
            self._known_fields(
                "concepts.toml",
                name,
                row,
                "id patterns unless denials is_a site standing anchored event company literal",
            )
            patterns = self._list("concepts.toml", name, row, "patterns")
            self._enter("concepts.toml", name, "patterns", patterns, f"concept:{name}")
            unless = tuple(row.get("unless", ()))
            self._enter("concepts.toml", name, "unless", unless, f"mask:{name}")
            denials = tuple(row.get("denials", ()))
            self._enter("concepts.toml", name, "denials", denials, f"denial:{name}")
            concepts[name] = Concept(
                concept_id=name,
                patterns=patterns,
                unless=unless,
                denials=denials,
                is_a=tuple(row.get("is_a", ())),
                site=row.get("site", ""),
                standing=row.get("standing", False),
                anchored=row.get("anchored", False),
                company=row.get("company", False),
                literal=row.get("literal", False),
                event=row.get("event", False),
            )
        for concept in concepts.values():
            for wider in concept.is_a:
                if wider not in concepts:
                    raise RuleDataError(
                        "concepts.toml", concept.concept_id, "is_a", f"unknown concept {wider!r}"
                    )
        return concepts

    def _context(self, concepts: Mapping[str, Concept]) -> ContextData:
        data = self._read("context.toml")
        cues: dict[str, Cue] = {}
        for row in data.get("cue", []):
            name = self._text("context.toml", "cue", row, "id")
            if name in cues:
                raise RuleDataError("context.toml", name, "id", "appears twice")
            self._known_fields("context.toml", name, row, "id kind direction scope patterns chain only")
            self._choice("context.toml", name, row, "kind", KINDS)
            self._choice("context.toml", name, row, "direction", ("forward", "backward", "both"))
            self._choice("context.toml", name, row, "scope", ("tight", "clause", "sentence", "message"))
            for concept in row.get("only", ()):
                if concept not in concepts:
                    raise RuleDataError("context.toml", name, "only", f"unknown concept {concept!r}")
            patterns = self._list("context.toml", name, row, "patterns")
            self._enter("context.toml", name, "patterns", patterns, f"cue:{name}")
            cues[name] = Cue(
                name,
                row["kind"],
                row["direction"],
                row["scope"],
                patterns,
                row.get("chain", ""),
                frozenset(row.get("only", ())),
            )
        words = {key: frozenset(str(data.get("words", {}).get(key, "")).split()) for key in WORD_LISTS}
        terminators = {key: frozenset(value.split()) for key, value in data.get("terminators", {}).items()}
        for scope in ("clause", "sentence", "message"):
            terminators.setdefault(scope, frozenset())
        return ContextData(
            cues,
            words["bridge_forward"],
            words["bridge_backward"],
            terminators,
            words["predicates"],
            words["past_verbs"],
            words["present_verbs"],
            frozenset(name for name, concept in concepts.items() if concept.event),
        )

    def _rules(self, concepts: Mapping[str, Concept]) -> Mapping[str, Rule]:
        rules: dict[str, Rule] = {}
        for file in RULE_FILES:
            name = f"{file}.toml"
            for row in self._read(name).get("rule", []):
                rule = self._rule(name, row, concepts)
                if rule.rule_id in rules:
                    raise RuleDataError(name, rule.rule_id, "id", "appears twice")
                rules[rule.rule_id] = rule
        return rules

    def _rule(self, file: str, row: Row, concepts: Mapping[str, Concept]) -> Rule:
        name = self._text(file, "rule", row, "id")
        self._known_fields(file, name, row, RULE_FIELDS)
        levels = {"watch": Level.NONE} | {level.word: level for level in Level if level}
        level = levels[self._choice(file, name, row, "level", tuple(levels))]
        reviewed = row.get("reviewed")
        if not isinstance(reviewed, datetime.date):
            raise RuleDataError(file, name, "reviewed", "must be a date such as 2026-11-22")
        return Rule(
            rule_id=name,
            level=level,
            title=self._text(file, name, row, "title"),
            when=tuple(
                self._combination(file, name, when, concepts) for when in self._list(file, name, row, "when")
            ),
            policy=ExercisePolicy(self._choice(file, name, row, "policy", tuple(ExercisePolicy))),
            advice=self._advice(file, name, row, level),
            sources=self._references(file, name, row),
            reviewed=reviewed,
            fires=self._list(file, name, row, "fires"),
            stays_silent=self._list(file, name, row, "stays_silent"),
        )

    def _combination(self, file: str, rule: str, text: str, concepts: Mapping[str, Concept]) -> Combination:
        body, _, scope = text.partition("@")
        if scope.strip() not in ("", "near"):
            raise RuleDataError(file, rule, "when", f"unknown scope {scope.strip()!r} in {text!r}")
        terms = [term.strip() for term in body.split("&")]
        for term in terms:
            if term.removeprefix("!") not in concepts:
                raise RuleDataError(file, rule, "when", f"unknown concept {term!r} in {text!r}")
        needs = tuple(t for t in terms if not t.startswith("!"))
        if not needs:
            raise RuleDataError(file, rule, "when", f"{text!r} needs at least one concept")
        return Combination(needs, tuple(t[1:] for t in terms if t.startswith("!")), bool(scope))

    def _advice(self, file: str, rule: str, row: Row, level: Level) -> Mapping[Status, str]:
        advice = {}
        for status in WORDINGS if level else (Status.PRESENT,):
            text = self._text(file, rule, row.get("advice", {}), status.value, "advice.")
            try:
                text = text.format(**self.numbers)
            except (KeyError, IndexError, ValueError) as error:
                raise RuleDataError(file, rule, f"advice.{status}", f"unknown number {error}") from error
            if len(text.split()) > MAX_WORDS:
                raise RuleDataError(
                    file, rule, f"advice.{status}", f"{len(text.split())} words; at most {MAX_WORDS}"
                )
            advice[status] = text
        return advice

    def _references(self, file: str, rule: str, row: Row) -> tuple[Reference, ...]:
        ids = self._list(file, rule, row, "sources")
        for source in ids:
            if source not in self.sources:
                raise RuleDataError(file, rule, "sources", f"{source!r} is not in sources.toml")
            if source.startswith("ARTICLE:") and row["level"] in ("emergency", "same_day"):
                raise RuleDataError(
                    file, rule, "sources", f"{source!r} is an article; cite a clinical reference"
                )
        return tuple(self.sources[source] for source in ids)

    def _tap(self, row: Row, rules: Mapping[str, Rule]) -> TapRow:
        name = self._text("texts.toml", "tap", row, "rule")
        if name not in rules:
            raise RuleDataError("texts.toml", name, "rule", "unknown rule")
        label, message, denial = (
            self._text("texts.toml", name, row, k) for k in ("label", "message", "denial")
        )
        return TapRow(QuickCheck(name, label, message), denial)

    def _enter(self, file: str, row: str, field: str, patterns: Iterable[str], name: str) -> None:
        # What takes words away stays on its side of a colon: "a story: a van reversed over my leg".
        masks = name.startswith(("mask:", "idiom:"))
        for pattern in patterns:
            try:
                self.index.add(self.grammar.compile(pattern, before_colon=masks), name)
            except PatternError as error:
                raise RuleDataError(file, row, field, str(error)) from error

    def _text(self, file: str, row_name: str, row: Row, field: str, prefix: str = "") -> str:
        value = row.get(field)
        if not isinstance(value, str) or not value.strip():
            raise RuleDataError(file, row_name, prefix + field, "missing or empty")
        return value

    def _list(self, file: str, row_name: str, row: Row, field: str) -> tuple[str, ...]:
        value = row.get(field)
        if (
            not isinstance(value, list)
            or not value
            or not all(isinstance(v, str) and v.strip() for v in value)
        ):
            raise RuleDataError(file, row_name, field, "must be a list of texts, not empty")
        return tuple(value)

    def _choice(self, file: str, row_name: str, row: Row, field: str, allowed: Iterable[str]) -> str:
        allowed = [str(a) for a in allowed]
        if row.get(field) not in allowed:
            raise RuleDataError(
                file, row_name, field, f"{row.get(field)!r} is not one of {', '.join(allowed)}"
            )
        return str(row[field])

    def _known_fields(self, file: str, row_name: str, row: Row, fields: str) -> None:
        for field in row:
            if field not in fields.split():
                raise RuleDataError(file, row_name, field, f"unknown field; one of {fields}")


def _closure(name: str, concepts: Mapping[str, Concept]) -> Iterator[str]:
    """`name` and every concept that it is a kind of, directly or not."""
    yield name
    for wider in concepts[name].is_a:
        yield from _closure(wider, concepts)


KINDS = (
    *("absent", "resolved", "hypothetical", "other_person", "self", "past", "now", "better", "pseudo"),
    "general",
    "fiction",
    "family",
    *("relapse", "kin", "own", "theirs"),
)
WORD_LISTS = ("bridge_forward", "bridge_backward", "predicates", "past_verbs", "present_verbs")
RULE_FIELDS = "id level title when policy advice sources reviewed fires stays_silent"
