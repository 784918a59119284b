"""Ways to adapt one pre-trained model to a task: fine-tuning, LoRA, a learned prompt, a read-out.

Read it beside "LoRA" (Hu et al. 2021; W, A, B, r and α are its letters), "The Power of Scale for Parameter-Efficient
Prompt Tuning" (Lester et al. 2021), and Yu et al. (2021), section 3, who compare them under differential privacy.

Shapes: B texts of n bytes, padded behind with -1; d = d_model; c classes.
"""

import copy
from collections.abc import Callable, Sequence
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from transformer import Transformer


class LowRank(nn.Module):
    """W x + (α/r) B A x (Hu et al., equation 3): W is frozen, A (r, d) is random and B is 0, so ΔW = (α/r) B A is 0."""

    def __init__(self, base: nn.Linear, r: int, alpha: float) -> None:
        super().__init__()
        self.base = base.requires_grad_(False)
        self.A = nn.Linear(base.in_features, r, bias=False, device=base.weight.device)
        self.B = nn.Linear(r, base.out_features, bias=False, device=base.weight.device)
        nn.init.normal_(self.A.weight, std=base.in_features**-0.5)
        nn.init.zeros_(self.B.weight)
        self.scale = alpha / r

    def forward(self, x: Tensor) -> Tensor:
        return cast(Tensor, self.base(x) + self.scale * self.B(self.A(x)))

    @torch.no_grad()
    def merged(self) -> nn.Linear:
        """One matrix W + ΔW that does the same (section 4.1): after training, LoRA costs nothing."""
        whole = copy.deepcopy(self.base)
        whole.weight += self.scale * self.B.weight @ self.A.weight
        return whole


class Prompt(nn.Module):
    """An embedding with k further words, V to V + k - 1, whose vectors are learned while all others are frozen."""

    def __init__(self, base: nn.Embedding, k: int) -> None:
        super().__init__()
        self.base = base.requires_grad_(False)
        self.vectors = nn.Embedding(k, base.embedding_dim, device=base.weight.device)
        with torch.no_grad():  # Lester et al., section 3.2: begin as words that there are
            self.vectors.weight.copy_(base.weight[torch.randint(base.num_embeddings, (k,), device=base.weight.device)])

    def forward(self, tokens: Tensor) -> Tensor:
        V = self.base.num_embeddings
        new = self.vectors((tokens - V).clamp(min=0))
        return torch.where((tokens >= V)[..., None], new, self.base(tokens.clamp(max=V - 1)))


class Classifier(nn.Module):
    """A pre-trained model whose last states, averaged over a text, are read by one linear layer.

    `method` says which parameters are trained: "full" all of them, "lora" A and B, "prompt" k vectors before the text,
    "readout" none; and the head, with all four. Causal attention and the mask keep what is padded out of it.
    """

    def __init__(self, model: Transformer, classes: int, method: str, r: int = 4, k: int = 16) -> None:
        super().__init__()
        self.model = copy.deepcopy(model)
        self.model.unembedding = nn.Identity()  # now it gives its last states
        V, d = model.embedding.weight.shape
        at = model.embedding.weight.device
        self.head = nn.Linear(d, classes, device=at)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)
        self.k = k if method == "prompt" else 0
        self.prompt = nn.Buffer(torch.arange(V, V + self.k, device=at))
        self.centre, self.spread = nn.Buffer(torch.zeros(d, device=at)), nn.Buffer(torch.ones(d, device=at))
        self.model.requires_grad_(method == "full")
        if method == "lora":
            for part in [part for layer in self.model.layers for part in layer.modules()]:
                for name, base in list(part.named_children()):
                    if isinstance(base, nn.Linear):
                        setattr(part, name, LowRank(base, r, alpha=2 * r))
        if method == "prompt":
            self.model.embedding = Prompt(self.model.embedding, k)

    def features(self, tokens: Tensor) -> Tensor:
        """The mean state of each text (B, d), with mean 0 and variance 1 over the pre-training text."""
        there = tokens >= 0
        x = torch.cat([self.prompt.expand(len(tokens), self.k), tokens.clamp(min=0)], dim=1)
        states = self.model(x)[:, self.k :] * there[..., None]
        return cast(Tensor, (states.sum(1) / there.sum(1, keepdim=True).clamp(min=1) - self.centre) / self.spread)

    def forward(self, tokens: Tensor) -> Tensor:
        return cast(Tensor, self.head(self.features(tokens)))

    @property
    def trained(self) -> list[nn.Parameter]:
        """The parameters that are trained."""
        return [W for W in self.parameters() if W.requires_grad]


def padded(texts: Sequence[bytes], vocabulary: bytes, n: int) -> Tensor:
    """The first n bytes of each text as indices into the vocabulary (B, n); -1 behind its end.

    A byte that is not in the vocabulary becomes a space, or the vocabulary's first byte.
    """
    table = bytearray([max(0, vocabulary.find(b" "))] * 256)
    for index, byte in enumerate(vocabulary):
        table[byte] = index
    rows = torch.full((len(texts), n), -1)
    for row, text in zip(rows, texts, strict=True):
        row[: min(n, len(text))] = torch.tensor(list(text[:n].translate(table)))
    return rows


def read_out(x: Tensor, y: Tensor, classes: int, decay: float) -> tuple[Tensor, Tensor]:
    """W and b that minimise the mean of -log p(y) plus decay/2 ‖W‖² on the features x: logistic regression."""
    W = torch.zeros(classes, x.size(1), device=x.device, requires_grad=True)
    b = torch.zeros(classes, device=x.device, requires_grad=True)
    solver = torch.optim.LBFGS([W, b], max_iter=200, tolerance_grad=1e-6, line_search_fn="strong_wolfe")

    def objective() -> Tensor:
        solver.zero_grad()
        loss = F.cross_entropy(F.linear(x, W, b), y) + decay / 2 * W.square().sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    solver.step(objective)  # type: ignore[no-untyped-call]
    return W.detach(), b.detach()


@torch.no_grad()
def in_parts(give: Callable[[Tensor], Tensor], tokens: Tensor) -> Tensor:
    """What `give` gives for all texts, computed some at a time."""
    return torch.cat([give(part) for part in torch.split(tokens, 128)])


def accuracy(model: Classifier, tokens: Tensor, y: Tensor) -> float:
    """The share of right answers, in percent."""
    model.eval()
    right = 100 * (in_parts(model, tokens).argmax(1) == y).double().mean()
    model.train()
    return float(right)


def scaled(model: Classifier, tokens: Tensor) -> Classifier:
    """The classifier, its features brought to mean 0 and variance 1 over unlabelled texts (B, n)."""
    features = in_parts(model.features, tokens)
    model.centre.copy_(features.mean(0))
    model.spread.copy_(features.std(0) + 1e-4)
    return model


def tuned(
    model: Classifier, x: Tensor, y: Tensor, rate: float, steps: int, batch: int, draws: torch.Generator,
    watch: Callable[[int, Tensor], bool],
) -> bool:  # fmt: skip
    """Train by Adam, up to `rate` in ten steps and down to 0 over the second half; False if `watch` has had enough."""
    adam = torch.optim.Adam(model.trained, lr=rate, betas=(0.9, 0.99))
    order = torch.empty(0, dtype=torch.long)
    for step in range(steps):
        if len(order) < batch:  # every example once before any comes again
            order = torch.cat([order, torch.randperm(len(x), generator=draws)])
        some, order = order[:batch].to(x.device), order[batch:]
        adam.param_groups[0]["lr"] = rate * min(1.0, (step + 1) / 10, 2 * (1 - step / steps))
        loss = F.cross_entropy(model(x[some]), y[some])
        adam.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        adam.step()
        if not watch(step, loss):
            return False
    return True
