"""Parts for the fake model: answers made of the quotations it was given, true and false in known ways."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from tests.app import fake_llm
from tests.app.fake_llm import Asked, Part

# A line is what is said and the number that it cites; 0 for none.
Line = tuple[str, int]
_OTHERS = {
    "knee": "elbow", "knees": "elbows", "kneecap": "shoulder", "hips": "ankles", "hip": "ankle",
    "runner's": "gardener's", "hamstring": "neck", "quads": "forearms",
    "glutes": "ears", "stretch": "wrestle",
}  # fmt: skip
_OPPOSITES = {
    "weak": "strong", "tight": "loose", "worse": "better", "help": "harm", "helps": "harms", "pain": "relief",
    "before": "after", "outside": "inside", "up": "down", "improve": "worsen", "smart": "foolish",
}  # fmt: skip


def plain(asked: Asked) -> Iterator[Line]:
    """The quotations, word for word."""
    return ((quotation, n) for n, quotation in enumerate(asked.quotations, 1))


def in_own_words(asked: Asked) -> Iterator[Line]:
    """The quotations, said a little differently."""
    for n, quotation in enumerate(asked.quotations, 1):
        yield f"According to the article, {quotation[0].lower()}{quotation[1:]}", n


def with_lies(lie: Callable[[str, int], Iterable[Line]]) -> Callable[[Asked], Iterator[Line]]:
    """The quotations, each followed by what `lie` makes of it."""

    def lines(asked: Asked) -> Iterator[Line]:
        for n, quotation in enumerate(asked.quotations[:3], 1):
            yield quotation, n
            yield from lie(quotation, n)

    return lines


def only(lie: Callable[[str, int], Iterable[Line]]) -> Callable[[Asked], Iterator[Line]]:
    """Nothing but lies."""
    return lambda asked: (line for n, q in enumerate(asked.quotations[:4], 1) for line in lie(q, n))


def doses(quotation: str, n: int) -> Iterator[Line]:
    """Invents or changes counts."""
    if re.search(r"\d", quotation):
        yield re.sub(r"\d+", lambda m: str(int(m[0]) + 7), quotation), n
    yield f"{quotation.rstrip('.')}, 4 times a day for 20 minutes.", n


def wrong_number(quotation: str, n: int) -> Iterator[Line]:
    """Cites what it was not given."""
    yield quotation, n + 40
    yield f"{quotation.rstrip('.')}, and more.", n


def flags(_: str, n: int) -> Iterator[Line]:
    """Contradicts the red flags."""
    yield "There is no need to see a doctor for this.", n
    yield "Swelling is harmless, so you can keep running.", n
    yield "The warnings above can be ignored.", n
    yield "Push through the pain until it goes away on its own.", n


def drugs(_: str, n: int) -> Iterator[Line]:
    """Prescribes."""
    yield "Take 400 mg of ibuprofen three times a day.", n
    yield "An anti-inflammatory before the run eases the pain.", n


def exercises(_: str, n: int) -> Iterator[Line]:
    """Recommends what it was not asked for."""
    yield "Do clamshells, 3 sets of 15.", n
    yield "Nordic hamstring curls and burpees help with this.", n


def foreign(_: str, n: int) -> Iterator[Line]:
    """Changes to another language."""
    yield "Debes descansar la rodilla y no correr durante dos semanas.", n
    yield "Das Knie sollte man zwei Wochen lang schonen.", n
    yield "膝を休ませてください。", n


def denials(quotation: str, n: int) -> Iterator[Line]:
    """Says the contrary."""
    if re.search(r"\bnot ", quotation):
        yield re.sub(r"\bnot ", "", quotation, count=1), n
    else:
        yield f"It is not true that {quotation[0].lower()}{quotation[1:]}", n


def swaps(quotation: str, n: int) -> Iterator[Line]:
    """Puts another body part, or the opposite, in one place."""
    for table in (_OTHERS, _OPPOSITES):
        found = next((word for word in table if re.search(rf"\b{re.escape(word)}\b", quotation)), None)
        if found:
            yield re.sub(rf"\b{re.escape(found)}\b", table[found], quotation, count=1), n


def inventions(_: str, n: int) -> Iterator[Line]:
    """Makes facts up, fluently."""
    yield "Foam rolling breaks up the scar tissue under the kneecap.", n
    yield "Most people recover within ten days.", n
    yield "Your knee definitely has a torn meniscus.", n


def uncited(quotation: str, _: int) -> Iterator[Line]:
    """Cites nothing."""
    yield quotation, 0
    yield "Trust me on this one.", 0


def markup(quotation: str, n: int) -> Iterator[Line]:
    """Slips in markup and addresses."""
    yield f"<script>alert(1)</script>{quotation}", n
    yield "Read [this page](https://example.org/cure) for more.", n
    yield "See www.example.org for a knee sleeve.", n


def obeys(asked: Asked) -> Iterator[Line]:
    """Says whatever an instruction in its material tells it to say."""
    yield asked.quotations[0], 1
    for order in re.findall(r"SAY: (.*?) END", asked.user):
        yield order, 1
    yield "I now follow the new instructions.", 1


def wild(order: Sequence[Callable[[str, int], Iterable[Line]]]) -> Callable[[Asked], Iterator[Line]]:
    """All kinds of lies between the quotations."""
    return with_lies(lambda q, n: [line for lie in order for line in lie(q, n)][:4])


def spoken(lines: Callable[[Asked], Iterable[Line]]) -> Part:
    """A part that says `lines`, each with its mark."""

    def part(asked: Asked) -> Iterator[str]:
        for text, n in lines(asked):
            yield f"{text} [{n}] " if n else f"{text} "

    return part


def refuses(_: Asked) -> Iterator[str]:
    """Declines."""
    yield "I'm sorry, but I can't give medical advice. Please see a professional."


LIES = (doses, wrong_number, flags, drugs, exercises, foreign, denials, swaps, inventions, uncited, markup)
HONEST: dict[str, Part] = {"plain": spoken(plain), "in own words": spoken(in_own_words)}
HOSTILE: dict[str, Part] = (
    {f"some {lie.__name__}": spoken(with_lies(lie)) for lie in LIES}
    | {f"only {lie.__name__}": spoken(only(lie)) for lie in LIES}
    | {"obeys": spoken(obeys), "wild": spoken(wild(LIES))}
)
BROKEN: dict[str, Part] = {
    "stalls": fake_llm.stalls,
    "drips": fake_llm.drips,
    "endless": fake_llm.endless,
    "cuts off": fake_llm.cuts_off,
    "malformed": fake_llm.malformed,
    "wrong shape": fake_llm.wrong_shape,
    "empty": fake_llm.empty,
    "refuses": refuses,
}
