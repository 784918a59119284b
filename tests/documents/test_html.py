"""Web pages as documents."""

from pathlib import Path

import pytest

from cs229tui.documents.html.engine import read_saved_page
from cs229tui.documents.html.page import Unread, read_page
from cs229tui.documents.html.parse import decoded
from cs229tui.documents.text_document import TextDocument
from cs229tui.errors import DocumentError
from cs229tui.library.documents import links_of

PROSE = "Here is a sentence that is long enough for anybody to see that it belongs to the text of a page."
ADDRESS = "https://blog.example.org/posts/one/"


def read(body: str, head: str = "", address: str = ADDRESS) -> TextDocument:
    made = read_page(f"<!doctype html><html><head>{head}</head><body>{body}</body></html>".encode(), address)
    assert isinstance(made, TextDocument), made
    for block in made.flow:
        for run in block.runs:
            stands = made.pages[run.page - 1].text[run.start : run.start + run.length]
            assert block.text[run.offset : run.offset + run.length] == stands
    return made


def shown(document: TextDocument) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for block in document.flow if block.kind != "page"]


def linked(document: TextDocument) -> list[tuple[str, str]]:
    """What is linked and where to: an address, or the text it leads to."""
    found = []
    for page in document.pages:
        for link in links_of(page):
            target = link.url or document.pages[link.page - 1].text[link.place :][:20].split("\n")[0]
            found.append((page.text[link.start : link.end], target))
    return found


BLOG = f"""
<header class="site-header"><nav><a href="/">Home</a> <a href="/about">About the blog</a></nav></header>
<main class="main"><article class="post">
<header><h1>How attention works</h1></header>
<div class="toc"><ul><li><a href="#one">One</a></li></ul></div>
<div class="post-content">
<p>{PROSE} See <a href="/posts/two/">the other post</a> and <a href="#refs">[1]</a>.</p>
<figure><img src="curve.png" alt="A curve" width="600"><figcaption>Figure 1. The <em>loss</em>.</figcaption></figure>
<h2 id="one">One<a class="anchor" href="#one">#</a></h2>
<ul><li>first<ul><li>inner</li></ul></li><li><p>second</p><p>goes on</p></li></ul>
<ol start="3"><li>three</li></ol><ol type="a"><li>letter</li></ol>
<blockquote><p>{PROSE}</p></blockquote>
<p>H<sub>2</sub>O, 10<sup>-3</sup>, the 5<sup>th</sup>, e<sup>iπk</sup>, <code>x = 1</code>, <q>quoted</q>.</p>
<h2>Two</h2>
<pre><code>def f(x):
    return x
</code></pre>
<table><caption>Scores.</caption><tr><th>Model</th><th>FID</th></tr>
<tr><td><a href="m.html">Ours</a></td><td>12</td></tr>
<tr><td>Theirs</td><td>3</td></tr>
</table>
<h2>References</h2>
<p id="refs">[1] Ada Writer. A paper. 2016.</p>
</div>
<footer><div class="share-buttons"><a>Tweet</a></div></footer>
</article><section id="comments"><p>{PROSE} That is what I think, said a reader.</p></section></main>
<div class="related-posts"><a href="/x">You may like this other thing too</a></div>
<footer class="site-footer">© somebody</footer><script>track()</script>
"""


def test_a_blog_post() -> None:
    head = (
        '<title>How attention works | A Blog</title><meta name="author" content="Ada Writer">'
        '<meta property="article:published_time" content="2021-07-11T10:00:00Z">'
    )
    document = read(BLOG, head)
    assert document.title == "How attention works"
    assert shown(document) == [
        ("title", "How attention works"),
        ("paragraph", "11 July 2021"),
        ("paragraph", f"{PROSE} See the other post and [1]."),
        ("figure", "[Figure: A curve]"),
        ("caption", "Figure 1. The loss."),
        ("heading", "One"),
        ("item", "• first"),
        ("item", "• inner"),
        ("item", "• second"),
        ("item", "  goes on"),
        ("item", "3. three"),
        ("item", "a. letter"),
        ("quote", PROSE),
        ("paragraph", "H₂O, 10⁻³, the 5th, e^{iπk}, `x = 1`, “quoted”."),
        ("heading", "Two"),
        ("code", "def f(x):\n    return x"),
        ("caption", "Scores."),
        ("table", "Model   FID\nOurs     12\nTheirs    3"),
        ("heading", "References"),
        ("reference", "[1] Ada Writer. A paper. 2016."),
    ]
    assert linked(document) == [
        ("the other post", "https://blog.example.org/posts/two/"),
        ("[1]", "[1] Ada Writer. A pa"),
        ("[Figure: A curve]", "https://blog.example.org/posts/one/curve.png"),
        ("Ours", "https://blog.example.org/posts/one/m.html"),
    ]
    assert [(entry.title, entry.level, entry.page) for entry in document.outline] == [
        ("One", 0, 2),
        ("Two", 0, 3),
        ("References", 0, 4),
    ]


def test_long_sections_are_several_pages() -> None:
    document = read("<article>" + f"<p>{PROSE}</p>" * 300 + "</article>")
    assert 4 <= len(document.pages) <= 8


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (r"<p>so \(x_t\) is</p>", [("paragraph", "so xₜ is")]),
        (r"<p>so \[x_t = 1\] is</p>", [("paragraph", "so"), ("equation", "xₜ = 1"), ("paragraph", "is")]),
        (
            '<p>a <script type="math/tex">x_t</script></p><script type="math/tex; mode=display">y^2</script>',
            [("paragraph", "a xₜ"), ("equation", "y²")],
        ),
        (
            '<p>a <span class="MathJax_Preview">x</span><span class="MathJax">rubbish</span>'
            '<script type="math/tex">x_t</script></p>',
            [("paragraph", "a xₜ")],
        ),
        (
            '<p>a <span class="katex"><span class="katex-mathml"><math><semantics><mi>x</mi>'
            '<annotation encoding="application/x-tex">\\bar x</annotation></semantics></math></span>'
            '<span class="katex-html" aria-hidden="true">rubbish</span></span></p>',
            [("paragraph", "a x̄")],
        ),
        (
            '<p>a <mjx-container class="MathJax" display="true"><mjx-math>rubbish</mjx-math><mjx-assistive-mml><math>'
            "<msubsup><mi>x</mi><mi>t</mi><mn>2</mn></msubsup><mo>≤</mo><mfrac><mn>1</mn><mi>σ</mi></mfrac></math>"
            "</mjx-assistive-mml></mjx-container></p>",
            [("paragraph", "a"), ("equation", "      1\nxₜ² ≤ ─\n      σ")],
        ),
        (
            '<p>a <span class="mwe-math-element"><span style="display: none;"><math alttext="{\\displaystyle \\pi r}">'
            '<mi>π</mi></math></span><img class="mwe-math-fallback-image-inline" alt="x"></span></p>',
            [("paragraph", "a πr")],
        ),
        ('<p>a <img alt="{\\epsilon}" src="https://s0.wp.com/latex.php?latex=x"> b</p>', [("paragraph", "a ϵ b")]),
        ('<p><img class="latex" alt="\\displaystyle \\epsilon" src="x"></p>', [("equation", "ϵ")]),
        ("<p>a <d-math>x_1</d-math></p><d-math block>y_1</d-math>", [("paragraph", "a x₁"), ("equation", "y₁")]),
        ('<p>a <span class="math inline">x_1</span></p>', [("paragraph", "a x₁")]),
        ("<pre>cost = $x_1$ + $y_1$</pre>", [("code", "cost = $x_1$ + $y_1$")]),
        ("<p>from $5 to $10, <code>$x_1$</code></p>", [("paragraph", "from $5 to $10, `$x_1$`")]),
    ],
)  # fmt: skip
def test_formulas(body: str, wanted: list[tuple[str, str]]) -> None:
    assert shown(read(f"<article><p>{PROSE}</p>{body}</article>"))[1:] == wanted


def test_dollars_are_formulas_where_the_page_sets_latex() -> None:
    text = r"It costs $5 or $10; let $x_t$, $n$ and $\alpha$ be. A \$ is a dollar."
    body = f"<article><p>{PROSE}</p><p>{text}</p><p>$$x^2$$</p></article>"
    plain = read(body)
    assert "let $x_t$, $n$" in plain.pages[0].text
    assert shown(read(body, '<script src="https://cdn.org/mathjax@3/tex.js"></script>'))[1:] == [
        ("paragraph", "It costs $5 or $10; let xₜ, n and α be. A $ is a dollar."),
        ("equation", "x²"),
    ]


LATEXML = f"""<div class="ltx_page_main"><div class="ltx_page_content"><article class="ltx_document">
<h1 class="ltx_title ltx_title_document">A Paper</h1>
<div class="ltx_authors"><span class="ltx_creator"><span class="ltx_personname">Ada Writer<br class="ltx_break">
Nowhere</span><span class="ltx_author_notes">Equal.</span></span><span class="ltx_creator">Ben Reader</span></div>
<div class="ltx_abstract"><h6 class="ltx_title ltx_title_abstract">Abstract</h6><p class="ltx_p">{PROSE}</p></div>
<section id="S1" class="ltx_section"><h2 class="ltx_title"><span class="ltx_tag ltx_tag_section">1 </span>Start</h2>
<p class="ltx_p">{PROSE} See <cite class="ltx_cite">[<a href="#bib.bib1" class="ltx_ref">1</a>]</cite> and
Eq. <a href="#S1.E1" class="ltx_ref">1</a><span class="ltx_note ltx_role_footnote"><sup class="ltx_note_mark">2</sup>
<span class="ltx_note_outer"><span class="ltx_note_content"><sup class="ltx_note_mark">2</sup>
<span class="ltx_tag ltx_tag_note">2</span>A note.</span></span></span>.</p>
<table id="S1.E1" class="ltx_equation ltx_eqn_table"><tr class="ltx_equation ltx_eqn_row">
<td class="ltx_eqn_cell ltx_eqn_center_padleft"></td><td class="ltx_eqn_cell"><math alttext="y=\\frac{{1}}{{2}}x"
display="block"></math></td><td class="ltx_eqn_cell ltx_eqn_center_padright"></td>
<td class="ltx_eqn_cell ltx_eqn_eqno"><span class="ltx_tag ltx_tag_equation">(1)</span></td></tr></table>
<div class="ltx_theorem"><h6 class="ltx_title ltx_runin ltx_title_theorem">Theorem 1 <span>(Main).</span></h6>
<div class="ltx_para"><p class="ltx_p">It holds.</p></div></div>
<ul class="ltx_itemize"><li class="ltx_item"><span class="ltx_tag ltx_tag_item">•</span><div class="ltx_para">
<p class="ltx_p">one</p></div></li>
<li class="ltx_item"><span class="ltx_tag ltx_tag_item">(b)</span><p>two</p></li></ul>
<figure class="ltx_figure"><img src="x1.png" class="ltx_graphics" alt="Refer to caption" width="30" height="30">
<figcaption class="ltx_caption"><span class="ltx_tag ltx_tag_figure">Figure 1: </span>A plot.</figcaption></figure>
</section>
<section class="ltx_bibliography"><h2 class="ltx_title">References</h2><ul class="ltx_biblist">
<li id="bib.bib1" class="ltx_bibitem"><span class="ltx_tag ltx_role_refnum ltx_tag_bibitem">[1]</span>
<span class="ltx_bibblock">A. Writer.</span><span class="ltx_bibblock">A title, 2016.</span></li></ul></section>
</article></div><footer class="ltx_page_footer">Generated by LaTeXML</footer></div>"""


def test_a_paper_as_arxiv_gives_it() -> None:
    document = read(LATEXML, address="https://arxiv.org/html/1607.00133")
    assert shown(document) == [
        ("title", "A Paper"),
        ("paragraph", "Ada Writer · Nowhere · Equal."),
        ("paragraph", "Ben Reader"),
        ("heading", "Abstract"),
        ("paragraph", PROSE),
        ("heading", "1 Start"),
        ("paragraph", f"{PROSE} See [1] and Eq. 1²."),
        ("footnote", "2 A note."),
        ("equation", "    1\ny = ─ x    (1)\n    2"),
        ("paragraph", "Theorem 1 (Main). It holds."),
        ("item", "• one"),
        ("item", "(b) two"),
        ("figure", "[Figure]"),
        ("caption", "Figure 1: A plot."),
        ("heading", "References"),
        ("reference", "[1] A. Writer. A title, 2016."),
    ]
    assert linked(document) == [
        ("1", "[1] A. Writer. A tit"),
        ("1", "    1"),
        ("²", "A note."),
        ("[Figure]", "https://arxiv.org/html/x1.png"),
    ]


def test_notes_come_after_their_paragraph() -> None:
    body = f"<d-article><p>{PROSE}<d-footnote>First \\(x_1\\).</d-footnote> More.</p><p>And this.</p></d-article>"
    assert shown(read(body)) == [
        ("paragraph", f"{PROSE}¹ More."),
        ("footnote", "1 First x₁."),
        ("paragraph", "And this."),
    ]
    listed = (
        f'<article><p>{PROSE}<sup><a href="#fn1">1</a></sup></p>'
        '<section class="footnotes"><ol><li id="fn1"><p>A note. <a href="#r1">↩</a></p></li></ol></section></article>'
    )
    document = read(listed)
    assert shown(document)[1:] == [("footnote", "1. A note.")]
    assert linked(document) == [("¹", "A note.")]


def test_lines_of_code_lose_their_numbers() -> None:
    numbered = (
        '<table class="highlighttable"><tr><td class="linenos"><pre>1\n2</pre></td>'
        '<td class="code"><pre>one()\n<span>  two</span>()</pre></td></tr></table>'
    )
    for body in (
        numbered,
        "<pre><code><span class='lineno'>1</span>one()<br><span class='lineno'>2</span>  two()</code></pre>",
        "<pre><div class='line'>one()</div><div class='line'>  two()</div></pre>",
    ):
        assert shown(read(f"<article><p>{PROSE}</p>{body}</article>"))[1:] == [("code", "one()\n  two()")]


def test_a_drawing_in_a_figure_leaves_a_stub() -> None:
    drawn = "<figure><svg><title>A net</title><text>w1</text></svg><figcaption>Figure 2.</figcaption></figure>"
    assert shown(read(f"<article><p>{PROSE} <svg><text>icon</text></svg></p>{drawn}</article>")) == [
        ("paragraph", PROSE),
        ("figure", "[Figure: A net]"),
        ("caption", "Figure 2."),
    ]


def test_old_pages_with_breaks_and_layout_tables() -> None:
    body = f"<table><tr><td><font>{PROSE}<br><br>{PROSE} Then<br>more.</font></td></tr></table>"
    assert shown(read(body)) == [("paragraph", PROSE), ("paragraph", f"{PROSE} Then more.")]


def test_wide_tables_are_folded_and_spans_keep_their_columns() -> None:
    long = "word " * 40
    text = shown(
        read(
            f"<article><p>{PROSE}</p><table><tr><th colspan=2>Both</th><th>C</th></tr>"
            f"<tr><td rowspan=2>a</td><td>b</td><td>{long}</td></tr><tr><td>d</td><td>e</td></tr></table></article>"
        )
    )[-1][1].split("\n")
    assert max(map(len, text)) <= 80
    assert text[0].startswith("Both")
    assert text[-1].split() == ["d", "e"]
    assert text[-1].index("d") == text[1].index("b")


def test_addresses_are_made_whole_and_bad_ones_left_out() -> None:
    body = (
        f"<article><p>{PROSE} <a href='../two/#x'>a</a> <a href='javascript:alert(1)'>b</a>"
        " <a href='data:text/html,x'>c</a> <a href='file:///etc/passwd'>d</a> <a href='mailto:a@b.org'>e</a>"
        " <a href='//cdn.org/f'>f</a></p></article>"
    )
    assert linked(read(body)) == [
        ("a", "https://blog.example.org/posts/two/#x"),
        ("e", "mailto:a@b.org"),
        ("f", "https://cdn.org/f"),
    ]
    assert linked(read(body, '<base href="https://other.org/z/">', ""))[0] == ("a", "https://other.org/two/#x")
    saved = "<!-- saved from url=(0033)https://blog.example.org/posts/one/ --><html><body>" + body + "</body></html>"
    made = read_page(saved.encode())
    assert isinstance(made, TextDocument)
    assert linked(made)[0][1] == "https://blog.example.org/posts/two/#x"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("", "empty"),
        ("<img src=x.png>", "empty"),
        ("<div id=root></div><script>render()</script>", "needs-browser"),
        ("<div id=root></div><noscript>You need to enable JavaScript to run this app.</noscript>", "needs-browser"),
        ("<h1>Sign in</h1><form><input type=password></form>", "log-in"),
        ("<h1>Just a moment...</h1><script>x</script>", "refused"),
    ],
)
def test_pages_without_a_text(body: str, why: str) -> None:
    assert read_page(f"<html><body>{body}</body></html>".encode()) == Unread(why)


@pytest.mark.parametrize(
    "body",
    [
        "<div>" * 100_000 + f"<p>{PROSE}</p>" + "</div>" * 100_000,
        "<span>" * 50_000 + PROSE,
        "<ul><li>" * 3000 + PROSE,
        f"<p>{PROSE}</p><math>" + "<mrow>" * 20_000,
        f"<p>{PROSE}</p><table>" + "<tr><td colspan=9999 rowspan=9999>x<td>y" * 500 + "</table>",
        f"<p>{PROSE}</p>" + "<p>\\(" * 3000 + "$x_{" * 3000,
        f"<p>Null\0 bytes\x1b[31m and \u202esigns</p><p>{PROSE} &#27;]0;x&#7; &#8238;</p>",
    ],
    ids=["divs", "spans", "lists", "mathml", "cells", "latex", "controls"],
)
def test_hostile_pages(body: str) -> None:
    text = "".join(block.text for block in read(body).flow)
    assert PROSE in text
    assert not any(sign in text for sign in "\0\x1b\x07\u202e")


def test_entities_of_a_page_s_own_are_not_expanded() -> None:
    source = '<?xml version="1.0"?><!DOCTYPE html [<!ENTITY a SYSTEM "file:///etc/passwd"><!ENTITY b "&a;&a;">]>'
    made = read_page(f"{source}<html><body><p>{PROSE} &a;&b;</p></body></html>".encode())
    assert isinstance(made, TextDocument)
    assert "root:" not in made.pages[0].text and "ENTITY" not in made.pages[0].text


@pytest.mark.parametrize(
    ("text", "encoding", "declared"),
    [
        ("déjà écrit à la façon d’être, où ça va naïvement, là-bas, garçon", "utf-8", ""),
        ("déjà écrit à la façon d'être, où ça va naïvement, là-bas, garçon", "latin-1", ""),
        ("déjà écrit à la façon d’être", "cp1252", "iso-8859-1"),
        ("déjà écrit à la façon d'être", "latin-1", "utf-8"),
        ("Это достаточно длинный текст на русском языке, чтобы узнать его кодировку.", "cp1251", ""),
        ("これは十分に長い段落のテキストです。", "shift_jis", "Shift_JIS"),
        ("这是一段足够长的文字", "gb18030", "gb2312"),
        ("plain", "utf-16", ""),
        ("déjà", "utf-8-sig", "latin-1"),
    ],
)
def test_encodings(text: str, encoding: str, declared: str) -> None:
    meta = f'<meta charset="{declared}">' if declared else ""
    assert text in decoded(f"<html>{meta}<p>{text}</p></html>".encode(encoding))


def test_the_reading_process_reads_and_explains(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(f"<html><body><article><h1>T</h1><p>{PROSE}</p></article></body></html>", "utf-8")
    document = read_saved_page(path, "page.html", ADDRESS)
    assert document.title == "T"
    assert [block.kind for block in document.flow] == ["page", "title", "paragraph"]
    path.write_text("<html><body><script>x</script></body></html>")
    with pytest.raises(DocumentError, match="only in a browser"):
        read_saved_page(path, "page.html")
    with path.open("wb") as file:
        file.truncate(60 << 20)
    with pytest.raises(DocumentError, match="larger than a web page"):
        read_saved_page(path, "page.html")
    path.write_text(f"<html><body>{f'<p>{PROSE}</p>' * 20_000}</body></html>")
    with pytest.raises(DocumentError, match="took too long"):
        read_saved_page(path, "page.html", patience=0.01)
