"""The DP-SGD lab's accountants against dp-accounting, which runs beside them, and against closed forms and counting."""

import json
import math
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cs229tui.errors import UsageError
from cs229tui.folders import shipped
from shipped_lab import loaded

lab: Any = loaded(shipped("labs/dp_sgd"))
accountant, privacy_loss, torch = (sys.modules[name] for name in ("accountant", "privacy_loss", "torch"))

# σ, q, T, δ, and the grid on which dp-accounting is asked. Its own is 1e-4. Where a step gives away less than that, it
# says too much there: 4 % to fourteenfold in the settings that have a finer one.
SETTINGS = [
    (1.3, 240 / 60000, 3750, 1e-5, 1e-4),
    (1.1, 0.004, 15000, 1e-5, 1e-4),
    (0.7, 0.004, 11250, 1e-5, 1e-4),
    (4.0, 0.01, 10000, 1e-5, 1e-4),
    (2.15, 2048 / 60000, 1171, 1e-5, 1e-4),
    (1.0, 1.0, 1, 1e-5, 1e-4),
    (0.6, 0.02, 300, 1e-5, 1e-4),
    (0.8, 0.001, 1_000_000, 1e-6, 1e-4),
    (0.8, 0.3, 30, 1e-4, 1e-4),
    (1.0, 0.05, 200, 1e-10, 1e-4),
    (1.5, 0.01, 20_000, 1e-9, 1e-4),
    (2.0, 0.001, 1_000_000, 1e-10, 1e-4),
    (2.0, 0.1, 1000, 1e-5, 1e-4),
    (3.0, 0.003, 100_000, 1e-5, 1e-4),
    (5.0, 0.02, 10_000, 1e-7, 1e-4),
    (8.0, 0.1, 100, 1e-3, 1e-4),
    (10.0, 0.01, 1000, 1e-5, 1e-4),
    (10.0, 0.5, 10_000, 1e-6, 1e-4),
    (20.0, 0.1, 1000, 1e-10, 1e-4),
    (20.0, 0.3, 1000, 1e-4, 1e-4),
    (20.0, 1.0, 1, 1e-3, 1e-4),
    (1.0, 1e-4, 1000, 1e-5, 1e-5),
    (1.5, 1e-4, 1, 1e-6, 1e-5),
    (20.0, 0.001, 10_000, 1e-6, 3e-6),
    (20.0, 1e-5, 1_000_000, 1e-10, 1e-7),
]
# With a large q, dp-accounting adds the alternating terms of its series for broken orders without their signs, and
# leaves out orders where they do not end: it says more than it has to, some per cent of ε, more for ε in the hundreds.
STEEP = [(1.0, 0.25, 100, 1e-3), (2.0, 0.5, 100, 1e-5), (0.5, 0.06, 700, 1e-9)]

_ASKED = """
import json, math, sys
import numpy as np
from dp_accounting import dp_event
from dp_accounting.pld import PLDAccountant
from dp_accounting.rdp import RdpAccountant

def spent(accountant, sigma, q, steps, delta):
    event = dp_event.GaussianDpEvent(sigma)
    accountant.compose(dp_event.PoissonSampledDpEvent(q, event) if q < 1 else event, steps)
    return accountant

settings, steep, phases = json.load(sys.stdin)
rdp = [spent(RdpAccountant(), *setting[:4]).get_epsilon(setting[3]) for setting in settings]
pld = [
    spent(PLDAccountant(value_discretization_interval=width), *setting).get_epsilon(setting[3])
    for *setting, width in settings
]
orders = [list(map(float, spent(RdpAccountant(), *setting).rdp)) for setting in steep]
integrals = []
for sigma, q, steps, delta in steep:
    z = np.arange(-15 * sigma, 11 + 15 * sigma, sigma / 50)
    ratio = np.logaddexp(math.log(1 - q), math.log(q) + (2 * z - 1) / (2 * sigma**2))
    normal = -(z**2) / (2 * sigma**2) - math.log(50 * math.sqrt(2 * math.pi))
    integrals.append([np.logaddexp.reduce(normal + (1 + tenth / 10) * ratio) for tenth in range(1, 100)])
together = [RdpAccountant(), PLDAccountant()]
for accountant in together:
    for sigma, q, steps in phases:
        spent(accountant, sigma, q, steps, 0)
print(json.dumps([rdp, pld, orders, integrals, [accountant.get_epsilon(1e-5) for accountant in together]]))
"""
PHASES = [(1.0, 0.01, 500), (2.0, 0.05, 300), (1.4, 0.002, 4000)]


@pytest.fixture(scope="module")
def theirs() -> Any:
    """What dp-accounting says of the settings, in a process of its own: the lab does without NumPy."""
    apart = Path(sys.prefix) / "accounting"  # where `make test` installs it
    if not apart.is_dir():
        assert not os.environ.get("CI"), f"dp-accounting is not in {apart}"
        pytest.skip("dp-accounting is not installed beside the tests")
    done = subprocess.run(
        [sys.executable, "-c", _ASKED],
        input=json.dumps([SETTINGS, STEEP, PHASES]),
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(apart)},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("at", range(len(SETTINGS)))
def test_both_accountants_say_what_dp_accounting_says(theirs: Any, at: int) -> None:
    *setting, _ = SETTINGS[at]
    rdp, pld = accountant.epsilon_rdp(*setting), accountant.epsilon_pld(*setting)
    assert rdp == pytest.approx(theirs[0][at], rel=0.005)
    assert pld == pytest.approx(theirs[1][at], rel=0.01)
    assert pld <= rdp


def test_each_order_is_exact_also_where_that_of_dp_accounting_is_not(theirs: Any) -> None:
    for (sigma, q, steps, _), orders, integrals in zip(STEEP, theirs[2], theirs[3], strict=True):
        found = accountant.moments(sigma, q).tolist()
        for order, ours, other in zip(accountant.ORDERS.tolist(), found, orders, strict=True):
            other *= (order - 1) / steps
            assert ours == pytest.approx(other, rel=1e-9) if order == round(order) else ours < other * (1 + 1e-9)
        assert found[:99] == pytest.approx(integrals, rel=1e-9)


def test_phases_of_different_noise_and_rate_add_up(theirs: Any) -> None:
    assert accountant.compose_rdp(PHASES, 1e-5) == pytest.approx(theirs[4][0], rel=0.005)
    assert privacy_loss.compose(PHASES, 1e-5) == pytest.approx(theirs[4][1], rel=0.01)
    whole, parts = [(1.3, 0.01, 900)], [(1.3, 0.01, 300), (1.3, 0.01, 600)]
    assert privacy_loss.compose(parts, 1e-5) == pytest.approx(privacy_loss.compose(whole, 1e-5), rel=1e-4)
    assert accountant.compose_rdp(parts, 1e-5) == pytest.approx(accountant.compose_rdp(whole, 1e-5), rel=1e-9)


def gaussian(mu: float, delta: float) -> float:
    """The ε of N(0, 1) against N(μ, 1), solved from the formula of Balle and Wang (2018, theorem 8)."""

    def spent(epsilon: float) -> float:
        far = math.erfc((epsilon / mu + mu / 2) / math.sqrt(2)) / 2
        return math.erfc((epsilon / mu - mu / 2) / math.sqrt(2)) / 2 - (math.exp(epsilon + math.log(far)) if far else 0)

    low, high = 0.0, mu**2 / 2 + 40 * mu
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if spent(middle) > delta else (low, middle)
    return high if spent(0.0) > delta else 0.0


@pytest.mark.parametrize(
    ("sigma", "steps", "delta"),
    [(1.0, 1, 1e-5), (0.3, 1, 1e-5), (20.0, 1, 1e-10), (5.0, 1000, 1e-6), (20.0, 10_000, 1e-8), (0.05, 1, 1e-5),
     (300.0, 1, 1e-5), (1.0, 1, 0.5), (0.3, 1_000_000, 1e-5)],
)  # fmt: skip
def test_where_everybody_is_in_every_lot_it_is_one_gaussian(sigma: float, steps: int, delta: float) -> None:
    exact = gaussian(math.sqrt(steps) / sigma, delta)
    found = accountant.epsilon_pld(sigma, 1.0, steps, delta)
    assert exact * (1 - 1e-9) <= found <= exact * 1.001


@pytest.mark.parametrize(("sigma", "q", "delta"), [(1.0, 0.3, 1e-4), (0.6, 0.05, 1e-5), (2.0, 0.8, 1e-6)])
def test_two_steps_are_never_said_to_spend_less_than_they_do(sigma: float, q: float, delta: float) -> None:
    z = torch.linspace(-9 * sigma, 1 + 9 * sigma, 3001, dtype=torch.float64)
    without = torch.exp(-(z**2) / (2 * sigma**2)) / (sigma * math.sqrt(2 * math.pi)) * (z[1] - z[0])
    ratio = (1 - q) + q * torch.exp((2 * z - 1) / (2 * sigma**2))
    for remove in (True, False):
        found = privacy_loss._composed([(sigma, q, 2)], delta, remove)
        here, there = (without * ratio, without) if remove else (without, without * ratio)
        for epsilon, above in ((found, False), (found * 0.995, True)):  # enough, and hardly more than enough
            counted = float((here[:, None] * here - math.exp(epsilon) * there[:, None] * there).clamp(min=0).sum())
            assert (counted > delta) is above


def test_the_grid_stands_for_every_loss_and_never_to_our_advantage() -> None:
    sigma, q = 0.9, 0.2
    z = torch.linspace(-12, 13, 400_001, dtype=torch.float64)
    without = torch.exp(-(z**2) / (2 * sigma**2)) / (sigma * math.sqrt(2 * math.pi)) * (z[1] - z[0])
    mixture = without * ((1 - q) + q * torch.exp((2 * z - 1) / (2 * sigma**2)))
    for remove in (True, False):
        low, high = privacy_loss._ends(sigma, q, remove, 11.0)
        loss = torch.arange(math.floor(low / 0.05), math.ceil(high / 0.05) + 1).double() * 0.05
        p = privacy_loss._buckets(loss, sigma, q, remove)
        assert p.min() >= 0 and float(p.sum()) == pytest.approx(1, abs=1e-12)
        assert float((p * torch.exp(-loss)).sum()) == pytest.approx(1, abs=1e-9), "the other data set's probabilities"
        here, there = (mixture, without) if remove else (without, mixture)
        for epsilon in (-0.1, 0.0, 0.05, 0.1234, 0.8, 2.02):
            exact = float((here - math.exp(epsilon) * there).clamp(min=0).sum())
            rounded = float((p * -torch.expm1((epsilon - loss).clamp(max=0))).sum())
            assert exact - 1e-9 <= rounded <= exact + 2e-3, "a chord lies above the curve, and near it"
            if epsilon in (0.0, 0.05, 0.8):
                assert rounded == pytest.approx(exact, abs=1e-9), "and meets it on the grid"


def test_many_small_steps_come_near_one_gaussian() -> None:
    # Bu, Dong, Long and Su (2020): q √T and σ fixed, T large, μ = q √(T (e^(1 / σ²) - 1)).
    for sigma, q, steps, delta in [(20.0, 1e-5, 1_000_000, 1e-10), (3.0, 1e-3, 1_000_000, 1e-6)]:
        limit = gaussian(q * math.sqrt(steps * math.expm1(1 / sigma**2)), delta)
        assert accountant.epsilon_pld(sigma, q, steps, delta) == pytest.approx(limit, rel=0.005)


def test_tiny_and_huge_privacy_is_told_apart() -> None:
    assert accountant.epsilon_pld(20.0, 1e-5, 1, 1e-3) == accountant.epsilon_rdp(20.0, 1e-5, 1, 1e-3) == 0.0
    assert 0 < accountant.epsilon_pld(20.0, 1e-4, 10, 1e-6) < 1e-3
    assert accountant.epsilon_pld(0.02, 0.5, 10, 1e-5) > 1000
    assert math.isfinite(accountant.epsilon_pld(0.3, 1.0, 1_000_000, 1e-10))
    assert math.isfinite(accountant.epsilon_pld(1.0, 0.01, 100, 1e-30))


@settings(max_examples=12)
@given(
    st.floats(-0.3, 1.3), st.floats(-4, -0.1), st.floats(0, 3), st.integers(3, 10), st.sampled_from(["pld", "rdp"])
)  # fmt: skip
def test_more_steps_more_of_each_less_noise_and_less_delta_spend_more(
    log_sigma: float, log_q: float, log_steps: float, nines: int, which: str
) -> None:
    spend = getattr(accountant, f"epsilon_{which}")
    sigma, q, steps, delta = 10**log_sigma, 10**log_q, int(10**log_steps), 10.0**-nines
    less = spend(sigma, q, steps, delta) * (1 - 2e-3)  # a finer grid says up to a thousandth less
    assert spend(sigma, q, 2 * steps, delta) >= less
    assert spend(sigma, min(1.0, 1.2 * q), steps, delta) >= less
    assert spend(sigma / 1.1, q, steps, delta) >= less
    assert spend(sigma, q, steps, delta / 3) >= less
    assert spend(sigma, q, 0, delta) == spend(sigma, 0.0, steps, delta) == 0.0


@settings(max_examples=5)
@given(st.floats(-1.0, 1.0), st.floats(-3.0, -0.5), st.floats(0.0, 3.0))
def test_the_noise_for_an_epsilon_is_the_least_that_keeps_it(
    log_epsilon: float, log_q: float, log_steps: float
) -> None:
    epsilon, q, steps = 10**log_epsilon, 10**log_q, int(10**log_steps)
    for spend in (accountant.epsilon_rdp, accountant.epsilon_pld):
        sigma = accountant.noise_for(epsilon, 1e-5, q, steps, spend)
        assert spend(sigma, q, steps, 1e-5) <= epsilon
        assert sigma < 0.02 or spend(sigma * 0.99, q, steps, 1e-5) > epsilon


def test_tramer_and_boneh_could_have_done_with_less_noise() -> None:
    assert accountant.noise_for(3.0, 1e-5, 2048 / 60000, 1171, accountant.epsilon_pld) == pytest.approx(
        1.808, rel=0.002
    )
    assert accountant.noise_for(3.0, 1e-5, 2048 / 60000, 1171) == pytest.approx(1.928, rel=0.002)


def test_what_cannot_be_is_refused_and_no_noise_is_no_promise() -> None:
    for spend in (accountant.epsilon_rdp, accountant.epsilon_pld):
        assert spend(0.0, 0.01, 10, 1e-5) == math.inf
        for wrong in [(-1.0, 0.1, 1, 1e-5), (1.0, 1.5, 1, 1e-5), (1.0, 0.1, 1, 0.0), (1.0, 0.1, 1, 1.0)]:
            with pytest.raises(UsageError):
                spend(*wrong)
    with pytest.raises(UsageError, match=r"No σ up to 10,000 keeps ε = 1e-05"):
        accountant.noise_for(1e-5, 1e-5, 1.0, 1_000_000)
    with pytest.raises(UsageError, match="No noise"):
        accountant.noise_for(0.0, 1e-5, 0.1, 10)


def test_a_million_steps_are_accounted_for_at_once() -> None:
    began = time.process_time()
    accountant.epsilon_pld(2.0, 0.001, 1_000_000, 1e-10)
    assert time.process_time() - began < 5, "a third of a second, on a machine that does nothing else"
