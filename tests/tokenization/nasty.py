"""Texts that are hard to tokenize or to draw."""

from __future__ import annotations

NASTY = (
    "plain words, give me",
    " leading and trailing \n\n",
    "tab\tand\r\nreturn\x00\x1b[31m\x7f",
    "☕ é e\u0301 \u0301alone \U0001f468\u200d\U0001f469 ❤\ufe0f",
    "\u202eright to left\u202c \u2066isolate\u2069",
    "zero\u200bwidth\ufeff\u2060joiner \u00ad",
    "wide\u00a0\u2003\u3000spaces\u2028\u2029",
    "<|im_start|>user\n<think>\n</think><|im_end|>\n",
    "½ ﬁ Å \u1100\u1161 नमस्ते สวัสดี 日本語",
    "▁ Ġ Ċ <0xE2> ◌ · ↵ → ⟨E2⟩",
    "\U000e0041\U0010ffff\ue000",
    "",
    "\n",
    "   ",
)
