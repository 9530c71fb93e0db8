"""One token of a picture: fill, bar, frame and text in one grid of cells, and the style sheet of all."""

from __future__ import annotations

from html import escape

from .svg_lines import Piece
from .text import inert

CELL = 9.6
"""Width of a character, in pixels: 0.6 of the font's size, as in most fixed-width fonts."""
FONT = 16

_MONO = "ui-monospace, 'Cascadia Mono', 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace"
_SANS = "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
STYLE = f"""\
text{{font:{FONT}px {_MONO};fill:#4b5563;white-space:pre}}
.h{{font:600 24px {_SANS};fill:#111827}}
.r{{font:600 15px {_SANS};fill:#111827}}
.q{{font:13px {_SANS};fill:#4b5563}}
.t{{fill:#0a2540}}.w{{fill:#3a1d00}}
.f{{fill:#cce1ff}}.a{{fill:#ffe0b0}}.b{{fill:#0b5cad}}
.e{{stroke:#d9e3f0;fill:none}}.g{{stroke:#9cb8db;fill:none}}
.s{{fill:none;stroke:#6b7280;stroke-dasharray:3 2}}
.u{{stroke:#0b5cad;stroke-width:3;stroke-dasharray:3 3}}
.v{{stroke:#9a4b00;stroke-width:1.5;fill:none}}
.m{{fill:#9a4b00;font-size:9px}}
.l{{stroke:#e3e7ec}}"""


def drawn_piece(piece: Piece, left: float, y: float) -> str:
    """Fill, bar and frame under the text, all in one grid."""
    token, x, width = piece.token, left + piece.column * CELL, piece.cells * CELL
    if not piece.cells:
        return ""
    box = f'x="{x:g}" y="{y:g}" width="{width:g}" height="24"'
    base, drawn = y + 26, []
    if token.marked or token.state == "trained":
        drawn.append(f'<rect class="{"a" if token.marked else "f"}" {box}/>')
    if token.state == "trained":
        drawn.append(f'<rect class="b" x="{x:g}" y="{y + 24:g}" width="{width:g}" height="3"/>')
    elif token.state == "unused":
        drawn.append(f'<path class="u" d="M{x:g} {base:g}h{width:g}"/>')
    if token.marked:
        drawn.append(_attention(x, y, width, piece.first))
    if token.special:
        drawn.append(
            f'<rect class="s" x="{x + 1:g}" y="{y + 1:g}" width="{width - 2:g}" height="22" rx="3"/>'
        )
    edge = "e" if token.state == "masked" else "g"
    drawn.append(f'<path class="{edge}" d="M{x + width:g} {y + 2:g}v20"/>')
    kind = "w" if token.marked else "t" if token.state == "trained" else ""
    named = f' class="{kind}"' if kind else ""
    # A narrow letter of another script would be pulled to the width of its cell.
    adjust = "spacingAndGlyphs" if piece.text.isascii() else "spacing"
    fitted = f'textLength="{width:g}" lengthAdjust="{adjust}"'
    drawn.append(f'<text{named} x="{x:g}" y="{y + 17:g}" {fitted}>{escape(inert(piece.text))}</text>')
    return "".join(drawn)


def _attention(x: float, y: float, width: float, first: bool) -> str:
    """A wavy line, and a triangle over the first piece."""
    waves = max(1, round(width / 6))
    step = width / waves / 2
    wave = "".join(f"q{step / 2:.3g} {-3 if half % 2 else 3} {step:.3g} 0" for half in range(2 * waves))
    sign = f'<path fill="#9a4b00" d="M{x + 1:g} {y:g}l3 -5l3 5z"/>' if first else ""
    return f'<path class="v" d="M{x:g} {y + 22:g}{wave}"/>{sign}'
