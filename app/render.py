"""Write a reply as Markdown: red flags, answer, pattern, exercises, question, safety net, sources."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from app.export import as_table, own_choice
from app.records import ExerciseCard, Outcome, PatternTable, Plan, Reply, Statement
from app.rules.records import Flag, Level, Status

# By level, and by whether it is happening or only possible.
_HEADINGS = {
    (Level.EMERGENCY, True): "Emergency: act now",
    (Level.EMERGENCY, False): "If this is happening, it is an emergency",
    (Level.SAME_DAY, True): "Have this knee seen today",
    (Level.SAME_DAY, False): "If this is so, have the knee seen today",
    (Level.SOON, True): "See a doctor or physiotherapist about this knee",
    (Level.SOON, False): "If this is so, see a doctor or physiotherapist",
}
_HAPPENING = (Status.PRESENT, Status.OTHER_PERSON)
_MARKS = re.compile(r"([\\`*_{}\[\]<>#|~&$]|:(?=//))")  # a bare address would become a link


def as_markdown(reply: Reply) -> str:
    """Return the whole reply; a person's own words are escaped, so that they stay text."""
    blocks = [
        *_flags(reply.screening.flags),
        reply.note,
        _statements(reply.statements),
        _table(reply.pattern),
        _plan(reply.plan),
        _cards(reply.exercises),
        _clarify(reply),
        _quick_check(reply),
        reply.safety_net,
        _sources(reply),
        f"*{reply.disclaimer}*" if reply.disclaimer else "",
    ]
    return "\n\n".join(block for block in blocks if block)


def escaped(text: str) -> str:
    """Return `text` with everything that Markdown or HTML would act on made plain."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))


def marks(numbers: Iterable[int]) -> str:
    """Return citation marks, `[1][2]`."""
    return "".join(f"[{n}]" for n in numbers)


def _flags(flags: Sequence[Flag]) -> list[str]:
    shown = [flag for flag in flags if flag.status is not Status.PAST]
    blocks = []
    kinds = {(flag.level, flag.status in _HAPPENING) for flag in shown}
    for level, happening in sorted(kinds, reverse=True):
        same = [f for f in shown if (f.level, f.status in _HAPPENING) == (level, happening)]
        blocks.append("\n".join([f"> **{_HEADINGS[level, happening]}.**", *map(_flag, same)]))
    past = [flag for flag in flags if flag.status is Status.PAST]
    if past:
        blocks.append("\n".join(["> **From before:**", *(_flag(flag) for flag in past)]))
    return blocks


def _flag(flag: Flag) -> str:
    quote = f" (“{escaped(flag.quote)}”)" if flag.quote else ""
    sources = ", ".join(source.title for source in flag.sources)
    return f"> - **{flag.title}**{quote}: {flag.advice}" + (f" *Source: {sources}*" if sources else "")


def _statements(statements: Sequence[Statement]) -> str:
    parts = []
    for position, statement in enumerate(statements):
        words = f"{statement.text} {marks(statement.citations)}"
        lead = f"*{statement.lead}* " if statement.lead else ""
        parts.append(lead + (f"**{words}**" if position == 0 and not lead else words))
    return "\n\n".join(parts) if any(s.lead for s in statements) else " ".join(parts)


def _table(table: PatternTable | None) -> str:
    if table is None:
        return ""
    lines = [
        "| | you said | " + " | ".join(table.conditions) + " |",
        "|" + "---|" * (len(table.conditions) + 2),
    ]
    for label, said, cells in table.rows:
        texts = [f"{c.text} {marks(c.citations)}".strip() if c.text else "" for c in cells]
        shown = [f"**{t}**" if c.matches and t else t for c, t in zip(cells, texts, strict=True)]
        lines.append(f"| {label} | {said or '*not yet*'} | " + " | ".join(shown) + " |")
    return "\n".join(lines)


def _plan(plan: Plan | None) -> str:
    if plan is None:
        return ""
    own = own_choice(plan).replace("*", r"\*", 1)
    return "\n\n".join(filter(None, ("**Your week**", as_table(plan), own)))


def _cards(cards: Sequence[ExerciseCard]) -> str:
    return "\n".join(["**What helps**", *map(_card, cards)]) if cards else ""


def _card(card: ExerciseCard) -> str:
    facts = [f"**{card.name}**", card.dose, ", ".join(card.where), ", ".join(_words(card.kit))]
    sentences = [card.why, " ".join(card.steps), " ".join(card.cues), card.caution]
    head, body = " · ".join(filter(None, facts)), " ".join(filter(None, sentences))
    return f"- {head}. {body} {marks(card.citations)}"


def _words(ids: Sequence[str]) -> list[str]:
    return [term.replace("-", " ") for term in ids]


def _clarify(reply: Reply) -> str:
    if reply.clarify is None:
        return ""
    return f"**{reply.clarify.question}** " + " ".join(f"`{choice}`" for choice in reply.clarify.choices)


def _quick_check(reply: Reply) -> str:
    checks = reply.screening.quick_check
    if not checks or reply.outcome is Outcome.SEEK_CARE:
        return ""
    return "**Quick check:** " + " ".join(f"`{check.label}`" for check in checks)


def _sources(reply: Reply) -> str:
    if not reply.citations:
        return ""
    lines = ["**Sources**"]
    for c in reply.citations:
        by = "; ".join(filter(None, (", ".join(filter(None, (c.publisher, c.author, c.date))), c.kind)))
        lines.append(f"{c.n}. {c.title} ({by})" + (f", “{c.heading}”" if c.heading else ""))
    return "\n".join(lines)
