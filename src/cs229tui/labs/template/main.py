"""A network with one hidden layer learns a checkerboard (Rumelhart, Hinton and Williams 1986); a line cannot."""

from cs229tui import labkit

# isort: split
import torch
import torch.nn.functional as F
from torch import Tensor, nn

POINTS = 512
SIDE = 32  # pixels of the picture


def board(x: Tensor, squares: int) -> Tensor:
    """The colour of each point (n, 2) of the unit square, 0 or 1 (n)."""
    return ((x * squares).floor().long().sum(-1) % 2).float()


def network(hidden: int) -> nn.Sequential:
    """o = W_2 tanh(W_1 x + b_1) + b_2; without hidden units, a line."""
    if not hidden:
        return nn.Sequential(nn.Linear(2, 1))
    return nn.Sequential(nn.Linear(2, hidden), nn.Tanh(), nn.Linear(hidden, 1))


def loss_of(model: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    """-log p of each point's colour, averaged (nats)."""
    return F.binary_cross_entropy_with_logits(model(2 * x - 1).squeeze(-1), y)


@torch.no_grad()
def accuracy(model: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    """The share of points whose colour is right."""
    return ((model(2 * x - 1).squeeze(-1) > 0) == (y > 0.5)).float().mean()


def main() -> None:
    with labkit.start(__file__) as run:
        p = run.parameters
        x, unseen = torch.rand(POINTS, 2, device=run.device), torch.rand(POINTS, 2, device=run.device)
        y, wanted = board(x, p.squares), board(unseen, p.squares)
        middles = (torch.arange(SIDE, device=run.device) + 0.5) / SIDE
        pixels = torch.cartesian_prod(middles, middles)

        model, line = network(p.hidden).to(run.device), network(0).to(run.device)
        optimisers = [torch.optim.Adam(part.parameters(), lr=p.lr) for part in (model, line)]
        # What a checkpoint holds, so that a run that was stopped goes on as if it had not been.
        run.keep(model=model, line=line, adam=optimisers[0], adam_of_line=optimisers[1])

        for step in run.steps(p.steps):
            loss = loss_of(model, x, y)
            (loss + loss_of(line, x, y)).backward()
            for optimiser in optimisers:
                optimiser.step()
                optimiser.zero_grad()
            run.log(step, loss=loss)
            if step % max(1, p.steps // 10) == 0:
                run.log(step, accuracy=accuracy(model, unseen, wanted), line=accuracy(line, unseen, wanted))
                with torch.no_grad():
                    run.image(step, "what it sees", model(2 * pixels - 1).sigmoid().view(SIDE, SIDE))
                run.histogram(step, "weights", torch.cat([W.detach().flatten() for W in model.parameters()]))
        if run.stopping:
            return

        with torch.no_grad():
            seen = model(2 * unseen - 1).squeeze(-1) > 0
        counts = [[int(((wanted == a) & (seen == b)).sum()) for b in (0, 1)] for a in (0, 1)]
        run.heatmap(p.steps, "confusion", counts, rows=["is white", "is black"], columns=["seen white", "seen black"])
        right, of_line = accuracy(model, unseen, wanted).item(), accuracy(line, unseen, wanted).item()
        run.log(p.steps, accuracy=right, line=of_line)
        run.claim("hidden-layer-learns", right)
        run.claim("line-fails", of_line)
        run.summary |= {"accuracy": right, "line": of_line}


if __name__ == "__main__":
    main()
