"""Canaries: examples planted to attack the code that trains, and the ε that their betrayal proves.

Each canary is in the data by the toss of a coin. The attacker sees every noisy gradient, adds up each canary's privacy
loss, and says who was in. What she gets right proves something about the code, by two arguments. One holds for any
mechanism (Steinke, Nasr and Jagielski 2023), and is wrong with 49 runs in 1,000 at most. The other asks which σ of
Algorithm 1 is ruled out, whose trade-off between right and wrong guesses is known (Nasr et al. 2023), and proves far
more: it is wrong with one run in a thousand at most. Together they accuse sound code in one run of twenty at most.
"""

import math
from typing import Any, cast

import torch
import torch.nn.functional as F
from accountant import noise_for
from algorithm_1 import add_noise, poisson
from book_keeping import clipped_sum
from privacy_loss import epsilon_pld, log_ratio
from torch import Tensor, nn

DOUBT = 0.001
Q, STEPS = 0.05, 200
FAULTS = {
    "none": "as it should be",
    "noise": "no noise",
    "eighth": "an eighth of it",
    "clipping": "lots are clipped",
    "sampling": "always one lot",
}


class Canaries(nn.Module):
    """A small network for pictures, and beside it a weight for each example that nothing else moves, by a lot."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.w = nn.Embedding(count, 1)
        nn.init.zeros_(self.w.weight)
        self.network = nn.Sequential(nn.Conv2d(1, 4, 4, stride=4), nn.Tanh(), nn.Flatten(), nn.Linear(36, 10))
        self.register_buffer("pictures", torch.rand(count, 1, 12, 12))

    def forward(self, i: Tensor) -> Tensor:
        """Eleven numbers for each example (B, 11): what the network says, and what its own weight does."""
        return torch.cat([self.network(cast(Tensor, self.pictures)[i]), 1000 * self.w(i)], 1)


def loss(outputs: Tensor, y: Tensor) -> Tensor:
    return F.cross_entropy(outputs[:, :10], y, reduction="sum") - outputs[:, 10].sum()


def attacked(run: Any, sigma: float, count: int, broken: str, begun: int, of: int) -> tuple[Tensor, Tensor] | None:
    """Train on about half of the canaries: who was in (m,), and each one's privacy loss as the attacker sees it (m,).

    Every step is Algorithm 1 by the functions that the other variants train with, but for the fault that is planted.
    None if the student stopped it.
    """
    C, secure = run.parameters.clip, run.parameters.secure
    there = torch.rand(count) < 0.5
    examples, y = there.nonzero().flatten(), torch.randint(10, (count,))
    model, losses, L = Canaries(count), torch.zeros(count, dtype=torch.float64), Q * count / 2
    noise = {"noise": 0.0, "eighth": sigma / 8}.get(broken, sigma)
    lot = examples[poisson(len(examples), Q, "cpu", secure)]
    for step in range(STEPS):
        if run.stopping:
            return None
        if step % 20 == 0:
            run.progress(begun * STEPS + step, of * STEPS)
        if broken != "sampling":
            lot = examples[poisson(len(examples), Q, "cpu", secure)]
        clipped_sum(model, lot, y[lot], 1e9 if broken == "clipping" else C, loss)
        if broken == "clipping":
            nn.utils.clip_grad_norm_(model.parameters(), C * len(lot))
        add_noise(model, noise, C, L, secure)
        for W in model.parameters():
            W.data -= 0.1 * cast(Tensor, W.grad)
        seen = -cast(Tensor, model.w.weight.grad)[:, 0].double() * L / C  # N(0, σ²), or N(1, σ²) if it is in the lot
        losses += log_ratio(seen, sigma, Q)
        if begun == 0 and step % 10 == 9:
            run.log(step + 1, guessed=100 * ((losses > 0) == there).double().mean())
    return there, losses


def chances(n: int, p: float) -> Tensor:
    """The probabilities of 0 to n successes in n trials (n + 1,)."""
    k, share = torch.arange(n + 1, dtype=torch.float64), torch.tensor(p, dtype=torch.float64)
    ways = torch.lgamma(torch.tensor(n + 1.0).double()) - torch.lgamma(k + 1) - torch.lgamma(n - k + 1)
    return torch.exp(ways + torch.xlogy(k, share) + torch.special.xlog1py(n - k, -share))


def least_share(right: int, n: int, doubt: float) -> float:
    """The p below which `right` or more of n come about with probability `doubt` or less (Clopper and Pearson 1934)."""
    low, high = 0.0, right / max(n, 1)
    for _ in range(40):
        p = (low + high) / 2
        low, high = (p, high) if float(chances(n, p)[right:].sum()) <= doubt else (low, p)
    return low


def least_epsilon(guesses: int, right: int, count: int, delta: float, doubt: float = 0.049) -> float:
    """The ε below which so many right guesses about `count` canaries come about with probability `doubt` or less.

    Steinke, Nasr and Jagielski, theorem 5.2: they are as many as those of a coin that shows e^ε / (1 + e^ε), and δ lets
    i more of them be right at a price of 2 count δ / i.
    """
    low, high = 0.0, 30.0
    for _ in range(40):
        epsilon = (low + high) / 2
        p = chances(guesses, 1 / (1 + math.exp(-epsilon)))
        short = p[:right].flip(0).cumsum(0) / torch.arange(1, right + 1)
        chance = float(p[right:].sum()) + 2 * count * delta * float(short.max() if right else 0)
        low, high = (epsilon, high) if chance <= doubt else (low, epsilon)
    return low


def by_guesses(there: Tensor, losses: Tensor, delta: float) -> float:
    """The ε that is proven of any mechanism: a quarter of the canaries say how many to guess about, the others are."""
    few = len(there) // 4

    def proven(there: Tensor, losses: Tensor, share: float, both: int) -> float:
        order, k = losses.argsort(), max(1, int(share * len(there)))
        right = int(there[order[-k:]].sum()) + both * int((~there[order[:k]]).sum())
        return least_epsilon((1 + both) * k, right, len(there), delta)

    ways = [(share, both) for share in (0.002, 0.005, 0.01, 0.02, 0.05, 0.2, 0.5) for both in (0, 1)]
    best = max(ways, key=lambda way: proven(there[:few], losses[:few], *way))
    return proven(there[few:], losses[few:], *best)


def by_noise(there: Tensor, losses: Tensor, delta: float) -> float:
    """The ε of the largest σ that Algorithm 1 can have had: half of the canaries choose what the others are tested for.

    The attacker says "in" where the loss is above a border. For each ε', the share a of those who were in of whom she
    says so is at most e^ε' times that b of the others, and δ(ε') more. If a - e^ε' b is larger than the δ(ε') of some
    σ, then the noise was less.
    """
    half = len(there) // 2

    def excess(there: Tensor, losses: Tensor, at: float, border: float) -> float:
        """a - e^ε' b as it was counted, with one canary more among the others."""
        said = losses > border
        return float(said[there].double().mean()) - math.exp(at) * float(said[~there].sum() + 1) / int((~there).sum())

    def least_excess(there: Tensor, losses: Tensor, at: float, border: float) -> float:
        """a - e^ε' b at the least."""
        said, others = losses[there] > border, losses[~there] > border
        a = least_share(int(said.sum()), len(said), DOUBT / 2)
        b = 1 - least_share(int((~others).sum()), len(others), DOUBT / 2)
        return a - math.exp(at) * b

    def most_noise(at: float, delta: float) -> float:
        return noise_for(at, delta, Q, STEPS, epsilon_pld) if delta > 0 else math.inf

    borders = losses[:half].quantile(torch.linspace(0.02, 0.998, 50, dtype=torch.float64)).tolist()
    ways = []
    for at in (0.25, 0.5, 1.0, 1.5, 2.0, 3.0):
        border = max(borders, key=lambda border: excess(there[:half], losses[:half], at, border))
        ways.append((most_noise(at, least_excess(there[:half], losses[:half], at, border)), at, border))
    _, at, border = min(ways)
    sigma = most_noise(at, least_excess(there[half:], losses[half:], at, border))
    return epsilon_pld(sigma, Q, STEPS, delta) if math.isfinite(sigma) else 0.0


def variant_audit(run: Any) -> None:
    """Attack the very code that trains: what ε do canaries betray, and would they betray a mistake?"""
    p = run.parameters
    sigma = p.sigma or noise_for(p.epsilon, p.delta, Q, STEPS, epsilon_pld)
    run.note(f"σ = {sigma:.3f} for ε = {p.epsilon:g}; {p.canaries:,} canaries, {STEPS} steps, q = {Q}.")
    kinds = [p.broken, *(fault for fault in FAULTS if fault not in ("none", p.broken))]
    proven, told = [], ["Algorithm 1, any mechanism"]
    for at, kind in enumerate(kinds):
        found = attacked(run, sigma, p.canaries, kind, at, len(kinds))
        if found is None:
            return
        there, losses = found
        of_it, of_any = by_noise(there, losses, p.delta), by_guesses(there, losses, p.delta)
        proven.append(max(of_it, of_any))
        told.append(f"{of_it:6.2f} {of_any:6.2f}  {FAULTS[kind]}")
        run.text(at, f"ε, where {p.epsilon:g} is promised", "\n".join(told))
        if at == 0:
            run.histogram(0, "loss of canaries in the data", losses[there])
            run.histogram(0, "loss of the others", losses[~there])
            run.claim("audit-below-epsilon", p.epsilon - proven[0])
            run.claim("audit-is-sharp", proven[0] / p.epsilon)
            run.summary |= {"sigma": sigma, "proven": of_it, "of_any_mechanism": of_any}
    run.claim("audit-catches-mistakes", min(proven[1:]) / p.epsilon)
