"""The same sampler in a smaller space: diffusion of a VAE's latents (Rombach et al. 2022), against that of pixels."""

import copy
from typing import Any

import torch
from denoiser import Average, Examples, Shape, Trained, built, losses, noise_levels, pixels, preconditioned
from design_space import beginning, made, solver
from drawing import sheet
from samplers import SIGMA_MAX
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode
from vae import LATENTS, VAE, learn

from cs229tui.errors import UsageError
from cs229tui.labkit import device

SIGMA_DATA = 0.5  # that of images, roughly: latents are scaled to it, and the noise levels of training fit


def autoencoder(run: Any, examples: Examples) -> VAE | None:
    """A VAE of the images, None where the run was stopped; the bits it needs and what it gives back are shown."""
    p = run.parameters
    C, H, W = examples.train.shape[1:]
    if H % 4 or W % 4:
        raise UsageError(f"A VAE here quarters the sides of an image, and {H} × {W} cannot be.", "Choose other images.")
    vae = VAE(C).to(run.device)
    optimiser = torch.optim.Adam(vae.parameters(), 3e-3, fused=True)
    draws = device.generator(run.seed, "vae", run.device)
    run.keep(vae=vae, vae_optimiser=optimiser, vae_draws=draws)
    for step in run.steps(p.vae_steps, work=64, unit="images/s"):
        chosen = torch.randint(len(examples.train), (64,), generator=draws, device=run.device)
        for group in optimiser.param_groups:
            group["lr"] = 3e-3 * min(1.0, (step + 1) / 30) * (1 - step / p.vae_steps)
        loss = learn(vae, pixels(examples.train[chosen]), optimiser, draws)
        if (step + 1) % 10 == 0:
            run.log(step, vae_loss=loss, vae_width=vae.log_eta.detach().exp())
    if run.stopping:
        return None
    vae.eval().requires_grad_(False)
    some = pixels(examples.test[:10])
    both = torch.stack([some, vae.decode(vae.encode(some)[0])])
    run.image(
        0, "images, and back from latents", sheet(both), f"{some[0].numel()} numbers, and {LATENTS * H * W // 16}"
    )
    return vae


def diffusion(run: Any, z: Tensor, classes: Tensor, names: tuple[str, ...]) -> Trained | None:
    """A denoiser of latents z (N, 4, h, w), trained as the one of pixels is; None where the run was stopped.

    A step has twice the images and yet less than half the operations of a step in pixels; there are twice as many.
    """
    p, K = run.parameters, len(names)
    batch, steps = 2 * p.batch, 2 * p.train_steps
    shape = Shape("unet", z.shape[1], z.shape[2], K, p.width, p.layers + 2, 1, p.heads)
    F = built(shape).to(run.device)
    average = Average(copy.deepcopy(F).eval().requires_grad_(False), p.ema)
    optimiser = torch.optim.Adam(F.parameters(), p.lr, betas=(0.9, 0.99), fused=True)
    draws = device.generator(run.seed, "latents", run.device)
    run.keep(latent_F=F, latent_average=average, latent_optimiser=optimiser, latent_draws=draws)
    D = preconditioned(F, SIGMA_DATA, K)
    for step in run.steps(steps, work=batch, unit="latents/s"):
        chosen = torch.randint(len(z), (batch,), generator=draws, device=run.device)
        y, unsaid = z[chosen], torch.rand(batch, generator=draws, device=run.device)
        noise = torch.randn(y.shape, generator=draws, device=run.device)
        said = torch.where(unsaid < p.class_dropout, K, classes[chosen])
        loss = losses(D, y, noise_levels(batch, draws), noise, said, sigma_data=SIGMA_DATA).mean()
        loss.backward()
        for group in optimiser.param_groups:
            group["lr"] = p.lr * min(1.0, 20 * (step + 1) / steps, 0.1 + 1.8 * (1 - step / steps))
        optimiser.step()
        optimiser.zero_grad()
        average.update(F)
        if (step + 1) % 10 == 0:
            run.log(step, latent_loss=loss.detach())
    if run.stopping:
        return None
    return Trained(average.F, shape, SIGMA_DATA, "latents", names)


def flops(trained: Trained, evaluations: int, vae: VAE | None = None) -> int:
    """The floating-point operations of one sample: D so many times, and the decoder once."""
    x, K = torch.zeros(1, *trained.size, device=next(trained.F.parameters()).device), trained.shape.classes
    with FlopCounterMode(display=False) as once, torch.no_grad():
        trained.D(x, torch.tensor(1.0), torch.full((1,), K, device=x.device))
    with FlopCounterMode(display=False) as end, torch.no_grad():
        if vae is not None:
            vae.decode(x)
    return int(evaluations * once.get_total_flops() + end.get_total_flops())


def latent(run: Any, trained: Trained, examples: Examples) -> None:
    """What a sample costs and how near it comes, in pixels and in latents: one sampler, no more operations to train."""
    with device.Stopwatch(run.device) as watch:
        vae = autoencoder(run, examples)
        if vae is None:
            return
        with torch.no_grad():
            z = torch.cat([vae.encode(pixels(part))[0] for part in examples.train.split(2000)])
        middle, scale = z.mean(), SIGMA_DATA / z.std()
        small = diffusion(run, scale * (z - middle), examples.train_classes, examples.classes)
    if small is None:
        return
    critic, noise, classes = beginning(run, trained, examples)
    draws = device.generator(run.seed, "latent noise", run.device)
    latents = SIGMA_MAX * torch.randn(len(noise), *small.size, generator=draws, device=run.device)
    in_pixels = made(trained, solver, 18, noise, classes)
    in_latents = vae.decode(made(small, solver, 18, latents, classes) / scale + middle)
    there = pixels(examples.test[: len(noise)])
    back = critic.distance(vae.decode(vae.encode(there)[0]))
    of_pixels, of_latents = critic.distance(in_pixels), critic.distance(in_latents)
    K = len(examples.classes)
    for name, images in (("samples by way of pixels", in_pixels), ("samples by way of latents", in_latents)):
        run.image(0, name, sheet(images[: 4 * K].view(4, K, *trained.size)), "a class a column")
    cost = flops(trained, 18) / flops(small, 18, vae)
    run.note(f"A sample in latents takes {flops(small, 18, vae):,} floating-point operations, {cost:.1f} times fewer.")
    run.note(
        f"FD {of_pixels:.2f} in pixels, {of_latents:.2f} in latents; {back:.2f} for real images through the VAE alone."
    )
    run.note(f"The VAE and the diffusion of its latents were trained in {watch.seconds:.0f} s.")
    run.claim("latents-are-cheaper", cost)
    run.claim("latents-are-as-good", of_latents / of_pixels)
    run.summary |= {"images": examples.name, "FD, pixels": of_pixels, "FD, latents": of_latents, "FD, VAE alone": back}
