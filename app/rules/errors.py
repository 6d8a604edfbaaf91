"""What can go wrong with the rules.

RuleDataError    a file of rule data is unusable; raised while loading, never in a conversation
"""

from __future__ import annotations


class RuleDataError(ValueError):
    """A file of rule data cannot be used; the message names file, row and field.

    Attributes:
        file: Name of the file, such as `soon.toml`.
        row: Id of the rule, concept or cue, or its position in the file.
        field: The field at fault, empty when it is the file itself.
    """

    def __init__(self, file: str, row: str, field: str, problem: str) -> None:
        self.file, self.row, self.field = file, row, field
        place = ": ".join(part for part in (file, row, field) if part)
        super().__init__(f"{place}: {problem}")
