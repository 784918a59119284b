"""Hyphens at line ends: which are only the line's, and which belong to the word."""

import gzip
import re
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_COMPOUND = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
# First parts that make a compound more often than a broken word, though the two are words in one as well.
_JOINING = frozenset(
    (
        "self", "non", "well", "state", "long", "short", "high", "low", "one", "two", "three", "four", "cross", "end",
        "fine", "first", "second", "third", "zero", "few", "key", "bottom", "soft", "large", "small", "real",
        "closed", "human", "sentence", "token", "semi", "quasi", "half", "mid", "all", "many", "task", "meta", "vice",
        "off", "top", "six", "web", "age", "monte", "per", "row", "day", "eye", "map", "bit",
    )
)  # fmt: skip
# First parts that make one word with what follows, though the two may be words.
_FORMING = frozenset(
    (
        "a", "ab", "ac", "ad", "al", "an", "anti", "ar", "as", "at", "auto", "be", "bi", "can", "car", "co", "com",
        "con", "counter", "de", "dis", "em", "en", "ever", "every", "ex", "extra", "for", "fore", "further", "hyper",
        "id", "im", "in", "infra", "inter", "intra", "ma", "macro", "man", "men", "micro", "mis", "mono", "more",
        "multi", "never", "no", "ob", "or", "other", "out", "over", "pa", "par", "para", "poly", "post", "pre", "pro",
        "proto", "pseudo", "re", "some", "sub", "super", "ten", "there", "through", "to", "trans", "tri", "ultra",
        "un", "under", "uni", "up", "what", "when", "where", "with",
    )
)  # fmt: skip
# Those of them that are also written with a hyphen, as the document's manner is: "multi-language" as "multi-head".
_EITHER = frozenset(
    ("anti", "auto", "co", "counter", "inter", "intra", "macro", "micro", "multi", "post", "pre", "sub")
)
# Second parts that make a compound of anything.
_JOINED = frozenset(
    (
        "aware", "based", "dependent", "dimensional", "driven", "free", "invariant", "like", "only", "shot",
        "specific", "style",
    )
)  # fmt: skip
_IN = frozenset(("context", "depth", "distribution", "domain", "hand", "house", "memory", "place", "sample", "situ"))
_BETWEEN = frozenset(("of", "to", "the", "and", "in", "on", "by", "per", "or", "up", "at", "for", "a", "an", "as"))
_ENDINGS = frozenset(
    (
        "able", "ably", "al", "ally", "ance", "ances", "ant", "ants", "ary", "ate", "ated", "ates", "ation", "ations",
        "dom", "ed", "en", "ence", "ency", "ent", "ents", "er", "ers", "es", "est", "ful", "fully", "hood", "ible",
        "ic", "ical", "ically", "ied", "ies", "ing", "ings", "ion", "ions", "ish", "ism", "ist", "ists", "ities",
        "ity", "ive", "ively", "ization", "ize", "ized", "izer", "izes", "less", "let", "ling", "ly", "ment", "ments",
        "ness", "ology", "or", "ors", "ory", "ous", "ously", "ship", "ships", "sion", "sions", "tion", "tional",
        "tionally", "tions", "ture", "tures", "ward", "wards", "wise",
    )
)  # fmt: skip


@cache
def _english() -> frozenset[str]:
    """Words of English and of our field, in small letters."""
    listed = gzip.decompress(Path(__file__).with_name("english.txt.gz").read_bytes()).decode()
    return frozenset(line for line in listed.splitlines() if not line.startswith("#"))


def heals(before: str, after: str, words: Mapping[str, int], compounds: Collection[str]) -> bool:
    """Whether `before` and `after` a line's end are one word.

    `words` are those the document has within lines, `compounds` those with a hyphen. What the document writes elsewhere
    decides, then what English knows, then how both parts look.
    """
    tail = before.rsplit("-", 1)[-1]
    first, second = re.search(r"[^\W\d_]+$", tail), WORD.match(after)
    head = _COMPOUND.match(after)
    if first is None or second is None or head is None or before.count("-") >= 2:
        return False
    low, high = first[0].casefold(), second[0].casefold()
    if f"{low}-{high}" in compounds or f"{before}-{head[0]}".casefold() in compounds:
        return False
    if any(compound.startswith(f"{low}-{high[:5]}") for compound in compounds):
        return False
    whole, english = low + high, _english()
    if words.get(whole):
        return True
    known, known_too = (part in english or words.get(part, 0) > 1 for part in (low, high))
    capital = first[0][0].isupper()
    alike = any(compound.startswith(f"{low}-") for compound in compounds)
    if (whole in english and not (low == "non" and alike)) or (first[0].isupper() and second[0].isupper()):
        return True
    if (
        high in _BETWEEN
        and known
        and low not in ("be", "in", "un")
        and (len(low) > 3 or len(high) < 3 or tail != before)
    ):
        return False
    if second[0][0].isupper() and not (first[0].isupper() and second[0].isupper()):
        # LeCun, but English-German, ViT-L and GPT-Neo.
        return len(low) < 4 and low not in english and capital and first[0][1:].islower() and len(high) > 2
    if len(low) > 1 and not set(low) & set("aeiouyäöüéè") and high in english:
        return False
    inner = any(letter.isupper() for letter in first[0][1:])
    if (inner and second[0][0].islower() and not second[0].isupper()) or not set(high) & set("aeiouyäöüéèí"):
        # RoI-pooled, deep-rl.
        return False
    if low in _JOINING or high in _JOINED or (low == "in" and high in _IN):
        return False
    doubled = low[-1] == high[0] and low[-1] not in "aeiou"
    if high in _ENDINGS or (doubled and high[1:] in _ENDINGS):
        return True
    if low in _FORMING and tail == before:
        return not (known_too and ((alike and low in _EITHER) or (low == "co" and high[0] == "o")))
    if tail != before:
        return not (known and known_too)
    if low.endswith("ly") and len(low) > 4 and len(high) > 3:
        return False
    if capital:
        # Wolfgang, but Markov-decision.
        return not (high in english and len(high) > 5 and len(low) > 4)
    # Two words, unless they are so short that anything may be one.
    return not (known and known_too and len(low) > 3 and len(high) > 2)
