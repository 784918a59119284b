"""Texts as nobody should write them: what terminals obey, what markup means, and what other programs would run."""

HOSTILE = (
    "\x1b[2J\x1b]52;c;aGk=\x07\x1bPq\x1b\\\x9b31m\x00\x07\x08\x7f\x85",
    "left \u202eright\u202c \u2066x\u2069 \u200b\u200d\u2060\ufeff\U000e0041 tag",
    "[red]bold[/red] [/nope] [link=file:///etc/passwd]x[/link] [@click=app.quit]y[/]",
    "<script>alert(1)</script><img src=x onerror=alert(1)> &lt; <% tp.x %> `$= dv.x`",
    "[x](javascript:alert(1)) ![y](file:///etc/passwd) <javascript:alert(2)> [[../../etc/passwd]]",
    "=cmd|' /C calc'!A0",
    "+1\t-1\r@SUM(A1)",
    "---\ntitle: x\n---\n# heading\n===\n```\nunclosed",
    "$\\frac{$ \\(\\sqrt{ $$ \\write18{ls} \\input{/etc/passwd} \\end{document}",
    "e" + "\u0301" * 200,
    "表" * 40 + "👩‍👩‍👧‍👦🏳️‍🌈" + "\U0001f1e9\U0001f1ea",
    "\ud800 lone \udfff",
    "../../../etc/passwd\x00.pdf",
    "{{7*7}} ${7*7} %s %n {0.__class__}",
    "*" * 300 + "_" * 300 + ">" * 300 + "[" * 300,
    "\n" * 50 + "\t" * 50,
    "",
    "x" * 20_000,
)
"""Each has at least one thing in it that must not reach a terminal, a screen's markup, or another program as it is."""

RAW = frozenset("\x00\x07\x08\x1b\x7f\x85\x9b\u202e\u2066\u200b\ufeff")
"""What must never be in anything that is shown."""
