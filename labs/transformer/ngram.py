"""The opponent: an n-gram model, interpolated after Witten and Bell (1991)."""

import torch
from torch import Tensor


def ngram_bits(text: Tensor, held_out: Tensor, order: int, vocabulary: int) -> float:
    """Bits a byte on `held_out` of an n-gram model of `text`, interpolated after Witten and Bell (1991).

    p(w | h) = (count(h w) + kinds(h) p(w | h')) / (count(h) + kinds(h)): kinds(h) is how many different bytes
    followed the history h, and h' is h without its oldest byte. It begins with the uniform distribution.
    """

    def grams(tokens: Tensor, size: int) -> Tensor:
        """Every run of `size` tokens, as one number."""
        number = torch.zeros(tokens.numel() - size + 1, dtype=torch.int64)
        for place in range(size):
            number.mul_(vocabulary).add_(tokens[place : place + number.numel()])
        return number

    def looked_up(keys: Tensor, values: Tensor, wanted: Tensor) -> Tensor:
        at = torch.searchsorted(keys, wanted).clamp(max=keys.numel() - 1)
        return torch.where(keys[at] == wanted, values[at], 0).double()

    p = torch.full((held_out.numel(),), 1 / vocabulary, dtype=torch.float64)
    for size in range(1, order + 1):
        seen, counts = torch.unique(grams(text, size), return_counts=True)
        histories, history, kinds = torch.unique(seen // vocabulary, return_inverse=True, return_counts=True)
        totals = torch.zeros_like(histories).index_add_(0, history, counts)
        wanted = grams(torch.cat([text[text.numel() - size + 1 :], held_out]), size)
        count, total = looked_up(seen, counts, wanted), looked_up(histories, totals, wanted // vocabulary)
        kind = looked_up(histories, kinds, wanted // vocabulary)
        p = torch.where(total > 0, (count + kind * p) / (total + kind), p)
    return float(p.log2().neg().mean().item())
