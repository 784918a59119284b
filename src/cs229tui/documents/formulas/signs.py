"""The signs of LaTeX's mathematics as Unicode: what a command stands for, and what has a raised or lowered form."""

from typing import Final


def _pairs(text: str) -> dict[str, str]:
    words = text.split()
    return dict(zip(words[::2], words[1::2], strict=True))


def names(text: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(text.split())


LETTERS: Final = _pairs(
    "alpha α beta β gamma γ delta δ epsilon ϵ varepsilon ε zeta ζ eta η theta θ vartheta ϑ iota ι kappa κ varkappa ϰ"
    " lambda λ mu μ nu ν xi ξ omicron ο pi π varpi ϖ rho ρ varrho ϱ sigma σ varsigma ς tau τ upsilon υ phi ϕ varphi φ"
    " chi χ psi ψ omega ω Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ Upsilon Υ Phi Φ Psi Ψ Omega Ω digamma ϝ"
    " varGamma Γ varDelta Δ varTheta Θ varLambda Λ varSigma Σ varPhi Φ varPsi Ψ varOmega Ω"
    " ell ℓ hbar ℏ hslash ℏ imath ı jmath ȷ wp ℘ Re ℜ Im ℑ aleph ℵ beth ℶ infty ∞ partial ∂ nabla ∇ emptyset ∅"
    " varnothing ∅ forall ∀ exists ∃ nexists ∄ neg ¬ lnot ¬ top ⊤ bot ⊥ angle ∠ triangle △ square □ Box □ blacksquare ■"
    " qed □ Diamond ◇ diamondsuit ♢ clubsuit ♣ heartsuit ♡ spadesuit ♠ flat ♭ natural ♮ sharp ♯ degree ° checkmark ✓"
    " dag † dagger † ddag ‡ ddagger ‡ S § P ¶ copyright © pounds £ yen ¥ euro € prime ′ backprime ‵ surd √ eth ð"
    " complement ∁ Bbbk 𝕜 mho ℧ aa å AA Å o ø O Ø ae æ AE Æ oe œ OE Œ ss ß l ł L Ł i ı j ȷ bigstar ★ lozenge ◊"
    " blacktriangle ▲ therefore ∴ because ∵ Finv Ⅎ Game ⅁ vdots ⋮ ddots ⋱ R ℝ N ℕ Z ℤ Q ℚ C ℂ reals ℝ"
)

DOTS: Final = _pairs(
    "dots … ldots … cdots ⋯ dotsc … dotsb ⋯ dotsm ⋯ dotsi ⋯ dotso … hdots … mathellipsis … textellipsis …"
)

BINARY: Final = _pairs(
    "pm ± mp ∓ times × div ÷ cdot · ast ∗ star ⋆ circ ∘ bullet • cap ∩ cup ∪ uplus ⊎ sqcap ⊓ sqcup ⊔ vee ∨ lor ∨"
    " wedge ∧ land ∧ setminus ∖ smallsetminus ∖ wr ≀ oplus ⊕ ominus ⊖ otimes ⊗ oslash ⊘ odot ⊙ dotplus ∔ ltimes ⋉"
    " rtimes ⋊ boxplus ⊞ boxtimes ⊠ amalg ⨿ diamond ⋄ bigtriangleup △ bigtriangledown ▽ triangleleft ◁ triangleright ▷"
    " centerdot · intercal ⊺ Cap ⋒ Cup ⋓ curlyvee ⋎ curlywedge ⋏ circledast ⊛ circledcirc ⊚ bmod mod"
)

RELATIONS: Final = _pairs(
    "le ≤ leq ≤ leqslant ⩽ ge ≥ geq ≥ geqslant ⩾ ne ≠ neq ≠ ll ≪ gg ≫ lll ⋘ ggg ⋙ equiv ≡ sim ∼ thicksim ∼ simeq ≃"
    " approx ≈ thickapprox ≈ approxeq ≊ cong ≅ propto ∝ varpropto ∝ asymp ≍ doteq ≐ triangleq ≜ coloneqq ≔ coloneq ≔"
    " eqqcolon ≕ eqcolon ≕ in ∈ notin ∉ ni ∋ owns ∋ subset ⊂ subseteq ⊆ subsetneq ⊊ supset ⊃ supseteq ⊇ supsetneq ⊋"
    " nsubseteq ⊈ sqsubseteq ⊑ sqsupseteq ⊒ prec ≺ preceq ⪯ preccurlyeq ≼ succ ≻ succeq ⪰ succcurlyeq ≽ perp ⊥"
    " parallel ∥ nparallel ∦ nmid ∤ vdash ⊢ dashv ⊣ models ⊨ vDash ⊨ Vdash ⊩ bowtie ⋈ smile ⌣ frown ⌢ lesssim ≲"
    " gtrsim ≳ lessgtr ≶ gtrless ≷ nless ≮ ngtr ≯ nleq ≰ ngeq ≱ lt < gt > to → rightarrow → longrightarrow ⟶"
    " leftarrow ← longleftarrow ⟵ gets ← leftrightarrow ↔ longleftrightarrow ⟷ Rightarrow ⇒ Longrightarrow ⟹"
    " implies ⟹ Leftarrow ⇐ Longleftarrow ⟸ impliedby ⟸ Leftrightarrow ⇔ Longleftrightarrow ⟺ iff ⟺ mapsto ↦"
    " longmapsto ⟼ hookrightarrow ↪ hookleftarrow ↩ rightharpoonup ⇀ rightharpoondown ⇁ leftharpoonup ↼"
    " leftharpoondown ↽ rightleftharpoons ⇌ rightsquigarrow ⇝ leadsto ⇝ nearrow ↗ searrow ↘ swarrow ↙ nwarrow ↖"
    " uparrow ↑ downarrow ↓ updownarrow ↕ Uparrow ⇑ Downarrow ⇓ twoheadrightarrow ↠ rightarrowtail ↣ nrightarrow ↛"
    " rightrightarrows ⇉ leftleftarrows ⇇ upuparrows ⇈ circlearrowright ↻ circlearrowleft ↺ curvearrowright ↷ mid |"
    " trianglelefteq ⊴ trianglerighteq ⊵ vartriangle △ backsim ∽ Subset ⋐ Supset ⋑ between ≬ pitchfork ⋔ indep ⫫"
)

LARGE: Final = _pairs(
    "sum ∑ prod ∏ coprod ∐ int ∫ iint ∬ iiint ∭ oint ∮ oiint ∯ intop ∫ bigcup ⋃ bigcap ⋂ bigvee ⋁ bigwedge ⋀"
    " bigoplus ⨁ bigotimes ⨂ bigodot ⨀ bigsqcup ⨆ biguplus ⨄"
)

DELIMITERS: Final = _pairs(
    "langle ⟨ rangle ⟩ lbrace { rbrace } lbrack [ rbrack ] lfloor ⌊ rfloor ⌋ lceil ⌈ rceil ⌉ vert | Vert ‖ lvert | "
    "rvert | lVert ‖ rVert ‖ llbracket ⟦ rrbracket ⟧ ulcorner ⌜ urcorner ⌝ llcorner ⌞ lrcorner ⌟ lgroup ⟮ rgroup ⟯"
    " backslash \\"
)

FUNCTIONS: Final = names(
    "arccos arcsin arctan arg argmax argmin cos cosh cot coth csc deg det dim exp gcd hom inf ker lg lim liminf limsup"
    " ln log max min Pr sec sin sinh sup tan tanh softmax sigmoid Var Cov tr rank diag sign sgn injlim projlim"
)

ACCENTS: Final = {
    "hat": "\u0302",
    "widehat": "\u0302",
    "tilde": "\u0303",
    "widetilde": "\u0303",
    "bar": "\u0304",
    "overline": "\u0305",
    "vec": "\u20d7",
    "overrightarrow": "\u20d7",
    "dot": "\u0307",
    "ddot": "\u0308",
    "dddot": "\u20db",
    "check": "\u030c",
    "breve": "\u0306",
    "acute": "\u0301",
    "grave": "\u0300",
    "mathring": "\u030a",
    "underline": "\u0332",
    "underbar": "\u0332",
}

_SCRIPT_HOLES: Final = dict(zip("BEFHILMRego", "ℬℰℱℋℐℒℳℛℯℊℴ", strict=True))
_DOUBLE_HOLES: Final = dict(zip("CHNPQRZ", "ℂℍℕℙℚℝℤ", strict=True))
_FRAKTUR_HOLES: Final = dict(zip("CHIRZ", "ℭℌℑℜℨ", strict=True))
_CAPITALS, _SMALL, _DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "0123456789"


def _alphabet(capitals: int, small: int, holes: dict[str, str], digits: int = 0) -> dict[str, str]:
    made = {letter: chr(capitals + place) for place, letter in enumerate(_CAPITALS)}
    made |= {letter: chr(small + place) for place, letter in enumerate(_SMALL)} if small else {}
    made |= {digit: chr(digits + place) for place, digit in enumerate(_DIGITS)} if digits else {}
    return made | holes


_SCRIPT: Final = _alphabet(0x1D49C, 0, {key: sign for key, sign in _SCRIPT_HOLES.items() if key.isupper()})
_DOUBLE: Final = _alphabet(0x1D538, 0x1D552, _DOUBLE_HOLES, 0x1D7D8)
_FRAKTUR: Final = _alphabet(0x1D504, 0x1D51E, _FRAKTUR_HOLES)
ALPHABETS: Final = {
    "mathbb": _DOUBLE,
    "Bbb": _DOUBLE,
    "mathds": _DOUBLE,
    "mathbbm": _DOUBLE,
    "mathcal": _SCRIPT,
    "mathscr": _SCRIPT,
    "cal": _SCRIPT,
    "mathfrak": _FRAKTUR,
    "frak": _FRAKTUR,
}

RAISED: Final = dict(
    zip(
        "0123456789+−-=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVWβγδθφχ′∗*†‡§¶⊤⊥°∘",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵝᵞᵟᶿᵠᵡ′∗*†‡§¶⊤⊥°°",
        strict=True,
    )
)
LOWERED: Final = dict(
    zip("0123456789+−-=()aehijklmnoprstuvxβγρφχ", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ", strict=True)
)


def raised(text: str) -> str | None:
    """The text in superscript signs, none where Unicode lacks one of them."""
    return _turned(text, RAISED)


def lowered(text: str) -> str | None:
    """The text in subscript signs, none where Unicode lacks one of them."""
    return _turned(text, LOWERED)


def _turned(text: str, forms: dict[str, str]) -> str | None:
    signs = [" " if character == " " else forms.get(character, "") for character in text]
    return "".join(signs) if all(signs) else None
