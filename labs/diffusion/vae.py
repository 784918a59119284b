"""A variational autoencoder: "Auto-Encoding Variational Bayes" (Kingma and Welling 2014); equation numbers are theirs.

Images x (B, C, H, W) become latents z (B, 4, H/4, W/4) and come back. The decoder's Gaussian has a width η of its own,
which is learned. With β = 1 the objective is the bound on ln p(x), and z says as little as it can. Here samples are
made of z by a model of its own: a slight β leaves in z what the decoder needs (Rombach et al. 2022, section 3.1).
"""

import math
from typing import cast

import torch
from torch import Tensor, nn

LATENTS = 4  # channels of z
BETA = 0.1  # the weight of the divergence in the objective


class VAE(nn.Module):
    """q(z|x) = N(mu, sigma²) by an encoder, p(x|z) = N(mean, η²) by a decoder, p(z) = N(0, 1)."""

    def __init__(self, channels: int, width: int = 32) -> None:
        super().__init__()
        C, w = channels, width
        self.encoder = nn.Sequential(
            nn.Conv2d(C, w, 4, stride=2, padding=1), nn.SiLU(),
            nn.Conv2d(w, 2 * w, 4, stride=2, padding=1), nn.SiLU(),
            nn.Conv2d(2 * w, 2 * LATENTS, 3, padding=1),
        )  # fmt: skip
        self.decoder = nn.Sequential(
            nn.Conv2d(LATENTS, 2 * w, 3, padding=1), nn.SiLU(),
            nn.Conv2d(2 * w, 4 * w, 3, padding=1), nn.PixelShuffle(2), nn.SiLU(),
            nn.Conv2d(w, 4 * C, 3, padding=1), nn.PixelShuffle(2),
        )  # fmt: skip
        self.log_eta = nn.Parameter(torch.tensor(-1.0))

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """mu and log sigma² of q(z|x)."""
        mu, log_variance = self.encoder(quick(x)).chunk(2, 1)
        return mu, log_variance.clamp(-12, 4)

    def decode(self, z: Tensor) -> Tensor:
        """The mean of p(x|z)."""
        return cast(Tensor, self.decoder(quick(z)))

    def forward(self, x: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """The two parts of the objective for each image (B,): what is lost, and what it costs to say z; nats."""
        mu, log_variance = self.encode(x)
        z = mu + (log_variance / 2).exp() * noise  # the reparameterisation, section 2.4
        return -log_likelihood(x, self.decode(z), self.log_eta), divergence(mu, log_variance)


def quick(x: Tensor) -> Tensor:
    """The same, with the channels of a place side by side in memory, which convolutions are quickest with.

    The weights stay as they are: a fused optimiser's state, back from a checkpoint, would no longer lie as they do.
    """
    return x.contiguous(memory_format=torch.channels_last)


def divergence(mu: Tensor, log_variance: Tensor) -> Tensor:
    """KL of N(mu, sigma²) from N(0, 1), for each of B: appendix B; the first part of equation 10, less its sign."""
    return (mu.square() + log_variance.exp() - 1 - log_variance).flatten(1).sum(1) / 2


def log_likelihood(x: Tensor, mean: Tensor, log_eta: Tensor) -> Tensor:
    """log N(x; mean, η²) for each of B: the second part of equation 10."""
    each = ((x - mean) / log_eta.exp()).square() / 2 + log_eta + math.log(2 * math.pi) / 2
    total: Tensor = each.flatten(1).sum(1)
    return -total


def learn(vae: VAE, x: Tensor, optimiser: torch.optim.Optimizer, draws: torch.Generator) -> Tensor:
    """One step on images x: the negative ELBO (equation 10; its divergence times β), in nats a number of x."""
    noise = torch.randn(len(x), LATENTS, x.shape[2] // 4, x.shape[3] // 4, generator=draws, device=x.device)
    lost, cost = vae(x, noise)
    loss = (lost + BETA * cost).mean() / x[0].numel()
    loss.backward()
    nn.utils.clip_grad_norm_(vae.parameters(), 1.0)
    optimiser.step()
    optimiser.zero_grad()
    return cast(Tensor, loss.detach())
