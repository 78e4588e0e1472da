"""Text that passed the gate, and the refusal of what did not."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from coordination import vocabularies
from coordination.errors import Invalid
from coordination.gate import patterns
from coordination.gate.finding import Answer, Finding
from coordination.gate.screen import screen

NOTE = 280
"""Characters of a note."""

_UNSEEN = dict.fromkeys(
    [
        *(code for code in range(32) if chr(code) not in "\n\t"),
        *(0x7F, 0xAD, 0x200B, 0xFEFF),
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
    ]
)
"""Controls, and signs that turn the direction of writing: never stored, so never shown."""


class Identifying(Invalid):
    """The text identifies somebody, or may: where and what kind, never the text itself."""

    def __init__(self, findings: Sequence[Finding], *, field: str) -> None:
        self.findings = findings
        super().__init__(_sentence(findings), field=field)

    @property
    def to_confirm(self) -> list[str]:
        """Return the kinds that may stay, if the writer says why; none while one may not."""
        if any(each.answer == Answer.BLOCK for each in self.findings):
            return []
        return sorted({each.kind for each in self.findings})


class Screened(str):
    """
    Text that passed the gate: what a text column takes without asking again.

    `kept` says which kinds the writer kept although they may identify, and why, as codes.
    """

    kept: Mapping[str, str] = {}


def clear(
    typed: str, *, keep: Mapping[str, str] | None = None, field: str = "text", longest: int = NOTE
) -> Screened:
    """
    Return a text as it may be stored.

    `keep` gives, for kinds that only warn, the reason to keep them (vocabulary `keep_reason`).

    :raises Identifying: if something in it identifies, or may and was not kept.
    :raises Invalid: if it is too long.
    """
    text = _tidy(typed)
    if len(text) > longest:
        raise Invalid(
            _("Write at most %(longest)s characters; these are %(count)s.")
            % {"longest": longest, "count": len(text)},
            field=field,
        )
    for reason in (keep or {}).values():
        vocabularies.entry("keep_reason", reason)
    findings = screen(text)
    kept = {f.kind: keep[f.kind] for f in findings if keep and f.kind in keep}
    left = [f for f in findings if f.answer == Answer.BLOCK or f.kind not in kept]
    if left:
        raise Identifying(left, field=field)
    cleared = Screened(text)
    cleared.kept = kept
    return cleared


def marked(typed: str, findings: Sequence[Finding]) -> list[tuple[str, bool]]:
    """Return a text in pieces for its own writer, each once: those that were found are True."""
    text, pieces, last = _tidy(typed), [], 0
    for start, end in _spans(findings):
        pieces += [(text[last:start], False), (text[start:end], True)]
        last = end
    return [(piece, found) for piece, found in [*pieces, (text[last:], False)] if piece]


def _spans(findings: Sequence[Finding]) -> list[tuple[int, int]]:
    """Return where something was found, as one span where findings overlap."""
    spans: list[tuple[int, int]] = []
    for each in sorted(findings):
        if spans and each.start < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], each.end))
        else:
            spans.append((each.start, each.end))
    return spans


def _tidy(typed: str) -> str:
    return typed.replace("\r\n", "\n").translate(_UNSEEN).strip()


def _named(findings: Sequence[Finding], blocked: Sequence[Finding]) -> Sequence[Finding]:
    """Return what is said: what may not stay, with what stands at the same place; else all."""
    if not blocked:
        return findings
    places = _spans(blocked)
    return [f for f in findings if any(f.start < end and start < f.end for start, end in places)]


def _placed(findings: Sequence[Finding]) -> str:
    return ", ".join(
        _("%(kind)s (characters %(start)s to %(end)s)")
        % {"kind": patterns.label(f.kind), "start": f.start + 1, "end": f.end}
        for f in findings
    )


def _sentence(findings: Sequence[Finding]) -> str:
    blocked = [each for each in findings if each.answer == Answer.BLOCK]
    named = _named(findings, blocked)
    places = _placed(named)
    if blocked:
        said = _("This identifies somebody: %(places)s. Remove it. Nothing was stored.") % {
            "places": places
        }
        others = _placed([each for each in findings if each not in named])
        if not others:
            return said
        also = _("This may identify somebody too: %(places)s.") % {"places": others}
        return f"{said} {also}"
    return _("This may identify somebody: %(places)s. Remove it, or say why it can stay.") % {
        "places": places
    }
