"""Markdown and plain text as documents."""

import json

import pytest

from cs229tui.documents.flow import Block
from cs229tui.documents.markdown import read_markdown, read_text
from cs229tui.documents.notebook import as_markdown
from cs229tui.documents.text_document import TextDocument
from cs229tui.library.documents import links_of

SAMPLE = """---
title: dropped
---
# The transformer lab

Train a *small* language
model, see [the paper](https://arxiv.org/abs/1706.03762).

## Run it

1. Press `t`.
2. Watch:
   - the loss
   - the samples

   until it ends.

> Attention is all you need.

```python
for step in range(10):
    loss.backward()
```

### Deeper

| model | loss |
|---|---|
| small | 1.9 |
| larger | 1.75 |

## And then

<script>alert(1)</script>
A <b>bold</b> word, a [trap](javascript:alert(1)), a picture ![a curve](x.png), <https://x.org>.
"""


def assert_runs_are_true(document: TextDocument) -> None:
    for block in document.flow:
        for run in block.runs:
            stands = document.pages[run.page - 1].text[run.start : run.start + run.length]
            assert block.text[run.offset : run.offset + run.length] == stands


def shown(document: TextDocument) -> list[tuple[str, str, int]]:
    return [(block.kind, block.text, block.level) for block in document.flow]


def test_markdown_as_a_flow() -> None:
    document = read_markdown(SAMPLE)
    assert document.title == "The transformer lab"
    assert shown(document) == [
        ("page", "1", 1),
        ("title", "The transformer lab", 1),
        ("paragraph", "Train a small language model, see the paper.", 0),
        ("page", "2", 2),
        ("heading", "Run it", 1),
        ("item", "1. Press `t`.", 0),
        ("item", "2. Watch:", 0),
        ("item", "• the loss", 1),
        ("item", "• the samples", 1),
        ("item", "  until it ends.", 0),
        ("quote", "Attention is all you need.", 0),
        ("code", "for step in range(10):\n    loss.backward()", 0),
        ("heading", "Deeper", 2),
        ("table", "model   loss\nsmall   1.9\nlarger  1.75", 0),
        ("page", "3", 3),
        ("heading", "And then", 1),
        ("paragraph", "A bold word, a trap, a picture [picture: a curve], https://x.org.", 0),
    ]
    assert_runs_are_true(document)


def test_the_outline_leads_to_its_headings() -> None:
    document = read_markdown(SAMPLE)
    assert [(entry.title, entry.level, entry.page) for entry in document.outline] == [
        ("Run it", 0, 2),
        ("Deeper", 1, 2),
        ("And then", 0, 3),
    ]
    for entry in document.outline:
        assert document.pages[entry.page - 1].text[entry.place :].startswith(entry.title)


def test_nothing_dangerous_is_left() -> None:
    document = read_markdown(
        "# A\x1b]0;x\x07 title\n\n[x](javascript:a) [y](file:///etc/passwd) \u202eright\u202c to left\x9b1m\n"
    )
    everything = "".join(block.text for block in document.flow)
    assert not any(bad in everything for bad in ("\x1b", "\x07", "\x9b", "\u202e", "javascript", "file:"))


def test_a_book_of_chapters_keeps_their_depth() -> None:
    document = read_markdown("# One\n\ntext\n\n# Two\n\n## Two and a half\n\ntext\n")
    assert [(block.text, block.level) for block in document.flow if block.kind == "heading"] == [
        ("Two", 1),
        ("Two and a half", 2),
    ]


@pytest.mark.parametrize("source", ["", "<script>only()</script>", "\n\n"])
def test_nothing_to_read_is_an_empty_page(source: str) -> None:
    document = read_markdown(source)
    assert [page.text for page in document.pages] == [""]


def test_deep_nesting_ends() -> None:
    document = read_markdown("> " * 3000 + "deep\n\n" + "- " * 3000 + "x\n")
    assert_runs_are_true(document)


def test_plain_text() -> None:
    document = read_text("One paragraph that is\nbroken into lines.\n\n    code = 1\n    more\n\n\fA second page.\n")
    assert shown(document) == [
        ("page", "1", 1),
        ("paragraph", "One paragraph that is broken into lines.", 0),
        ("code", "    code = 1\n    more", 0),
        ("page", "2", 2),
        ("paragraph", "A second page.", 0),
    ]
    assert_runs_are_true(document)
    assert document.flow[0] == Block("page", "1", 1)


def test_long_plain_text_has_pages() -> None:
    document = read_text("\n\n".join(f"Paragraph {number} " + "word " * 100 for number in range(40)))
    assert 4 < len(document.pages) < 12
    assert_runs_are_true(document)


def linked(document: TextDocument) -> list[tuple[str, str]]:
    """What is linked and where to: an address, or the text it leads to."""
    return [
        (page.text[link.start : link.end], link.url or document.pages[link.page - 1].text[link.place :].split("\n")[0])
        for page in document.pages
        for link in links_of(page)
    ]


def test_links_are_kept_and_those_within_the_text_lead_there() -> None:
    document = read_markdown(SAMPLE + "\nSee [above](#run-it), [a file](docs/x.md), [none](#nowhere).\n")
    assert linked(document) == [
        ("the paper", "https://arxiv.org/abs/1706.03762"),
        ("https://x.org", "https://x.org"),
        ("above", "Run it"),
    ]
    fetched = read_markdown("[a file](docs/x.md)", "https://raw.example.org/a/b/README.md")
    assert linked(fetched) == [("a file", "https://raw.example.org/a/b/docs/x.md")]


FORMULAS = r"""
Costs $5 and $10,
set `$HOME` to `$x_1$`; inline $x_i^2$ and $$f_\theta \in \mathbb{R}$$ here, \(a_b*c*d\) and \\(d_e\\).

$$
\begin{aligned} a &= b \\
- c &= d \end{aligned}
$$

We see \eqref{eq:one}.
\begin{equation}
= \nabla_x
\end{equation}

    echo $x_1$ and $y_1$

```
echo $HOME $x_1$
```
"""


def test_formulas_in_markdown() -> None:
    assert shown(read_markdown(FORMULAS))[1:] == [
        ("paragraph", "Costs $5 and $10, set `$HOME` to `$x_1$`; inline xᵢ² and f_θ ∈ ℝ here, a_b * c * d and dₑ.", 0),
        ("equation", "a = b\n−c = d".replace("a =", " a ="), 0),
        ("paragraph", "We see (one).", 0),
        ("equation", "= ∇ₓ", 0),
        ("code", "echo $x_1$ and $y_1$", 0),
        ("code", "echo $HOME $x_1$", 0),
    ]


def test_html_and_notes_in_markdown() -> None:
    source = (
        '---\ntitle: "A post"\n---\nText.[^1]\n\n<figure><img src="https://x.org/a.png" alt="A curve">'
        "<figcaption>The curve.</figcaption></figure>\n\n[^1]: A *note*.\n\nTerm\n: Meaning\n"
    )
    document = read_markdown(source)
    assert document.title == "A post"
    assert shown(document)[1:] == [
        ("title", "A post", 1),
        ("paragraph", "Text.[1]", 0),
        ("figure", "[Figure: A curve]", 0),
        ("caption", "The curve.", 0),
        ("paragraph", "Term", 0),
        ("item", "  Meaning", 0),
        ("footnote", "1. A note.", 0),
    ]
    assert linked(document) == [("[1]", "A note."), ("[Figure: A curve]", "https://x.org/a.png")]


def test_a_notebook_is_its_prose_code_and_what_was_printed() -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# The title\n", "\n", "Let $x_t$ be."]},
        {
            "cell_type": "code",
            "source": "print(1)",
            "outputs": [{"text": ["1\n"]}, {"data": {"text/plain": "<Figure>"}}, 3],
        },
        "rubbish",
    ]
    made = as_markdown(json.dumps({"cells": cells, "nbformat": 4}))
    assert made is not None
    assert shown(read_markdown(made))[1:] == [
        ("title", "The title", 1),
        ("paragraph", "Let xₜ be.", 0),
        ("code", "print(1)", 0),
        ("code", "1", 0),
        ("code", "<Figure>", 0),
    ]
    assert as_markdown("# No notebook") is as_markdown('{"cells": ') is as_markdown('{"cells": 3}') is None
