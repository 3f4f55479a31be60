"""Requirements in extra specs: ``<operator> <operand>…``, or a plain text to be equal to."""

from __future__ import annotations

import operator
from collections.abc import Callable

_OnNumbers = Callable[[float, float], bool]
_OnTexts = Callable[[str, str], bool]

_NUMBERS: dict[str, _OnNumbers] = {
    "=": operator.ge,  # "at least", for historical reasons
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    "<=": operator.le,
}
_TEXTS: dict[str, _OnTexts] = {
    "s==": operator.eq,
    "s!=": operator.ne,
    "s<": operator.lt,
    "s<=": operator.le,
    "s>": operator.gt,
    "s>=": operator.ge,
    "<in>": lambda value, operand: operand in value,
}


def met(value: str, needed: str) -> bool:
    """Whether ``value`` meets the requirement ``needed``; a requirement without sense is never met."""
    words = needed.split()
    if not words:
        return value == needed
    name, operands = words[0], words[1:]
    if name == "<or>":
        return value in [word for word in operands if word != "<or>"]
    if name == "<all-in>":
        return all(word in value for word in operands)
    if name in _TEXTS:
        return bool(operands) and _TEXTS[name](value, operands[0])
    if name in _NUMBERS:
        try:
            return bool(operands) and _NUMBERS[name](float(value), float(operands[0]))
        except ValueError:
            return False
    return value == needed
