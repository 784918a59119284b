"""The attack on the DP-SGD lab: its statistics against counting, and what it says of sound and of broken code."""

import math
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from cs229tui.folders import shipped
from shipped_lab import loaded

loaded(shipped("labs/dp_sgd"))
audit: Any = sys.modules["audit"]
torch: Any = sys.modules["torch"]


def test_chances_are_those_of_a_coin() -> None:
    for n, p in [(1, 0.3), (7, 0.5), (12, 0.9), (5, 0.0), (5, 1.0)]:
        exact = [math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)]
        assert audit.chances(n, p).tolist() == pytest.approx(exact, abs=1e-12)
    assert float(audit.chances(20_000, 0.3).sum()) == pytest.approx(1, abs=1e-9)


def test_the_least_share_is_the_one_of_clopper_and_pearson() -> None:
    assert audit.least_share(0, 10, 0.05) == pytest.approx(0, abs=1e-9)
    assert audit.least_share(10, 10, 0.05) == pytest.approx(0.05**0.1, abs=1e-9)  # p^10 = 0.05
    assert audit.least_share(5, 10, 0.025) == pytest.approx(0.18709, abs=1e-5)  # a table's


def test_the_epsilon_that_guesses_prove() -> None:
    assert audit.least_epsilon(400, 200, 400, 0.0) == pytest.approx(0, abs=1e-6), "guessing proves nothing"
    # All of 400 right has probability p^400 = 0.05 at p = e^ε / (1 + e^ε).
    all_right = 0.05 ** (1 / 400)
    assert audit.least_epsilon(400, 400, 400, 0.0, 0.05) == pytest.approx(
        math.log(all_right / (1 - all_right)), abs=1e-6
    )
    assert audit.least_epsilon(400, 390, 400, 1e-5) < audit.least_epsilon(400, 390, 400, 0.0), "δ takes some of it"


def test_no_mechanism_makes_more_guesses_right_than_the_theorem_allows() -> None:
    # The worst (ε, δ)-private mechanism on a bit: it tells it with probability δ, else lies as ε allows.
    epsilon, delta, m = 1.0, 0.01, 6
    p = delta + (1 - delta) * math.exp(epsilon) / (1 + math.exp(epsilon))
    for right in range(m + 1):
        chance = sum(math.comb(m, k) * p**k * (1 - p) ** (m - k) for k in range(right, m + 1))
        assert audit.least_epsilon(m, right, m, delta, chance * 0.999) <= epsilon + 1e-6


@pytest.fixture
def run() -> Any:
    parameters = SimpleNamespace(clip=1.0, secure=False)
    return SimpleNamespace(
        parameters=parameters, stopping=False, log=lambda *_, **__: None, progress=lambda *_, **__: None
    )


def test_the_attack_tells_sound_code_from_each_fault(run: Any) -> None:
    torch.manual_seed(3)
    proven = {kind: audit.attacked(run, 1.288, 4000, kind, 1, 1) for kind in audit.FAULTS}
    found = {kind: max(audit.by_noise(*seen, 1e-5), audit.by_guesses(*seen, 1e-5)) for kind, seen in proven.items()}
    assert 0.7 < found["none"] <= 3.0
    assert min(found[kind] for kind in ("noise", "eighth", "clipping")) > 3.0
    assert found["sampling"] > 2.0, "with 20,000 canaries it is above 3, too"


def test_the_attacker_sees_the_noise_of_the_promise_and_no_more(run: Any) -> None:
    torch.manual_seed(4)
    there, losses = audit.attacked(run, 1.5, 2000, "none", 1, 1)
    # What a canary loses on average is T times the mean loss of a step, which can be integrated.
    z = torch.linspace(-16, 17, 66_001, dtype=torch.float64)
    ratio = audit.log_ratio(z, 1.5, audit.Q)
    without = torch.exp(-(z**2) / 4.5) / (1.5 * math.sqrt(2 * math.pi)) * (z[1] - z[0])
    for seen, chance in ((losses[there], without * ratio.exp()), (losses[~there], without)):
        mean = audit.STEPS * float((chance * ratio).sum())
        assert abs(float(seen.mean()) - mean) < 4 * float(seen.std()) / math.sqrt(len(seen))


def test_a_stop_ends_the_attack(run: Any) -> None:
    run.stopping = True
    assert audit.attacked(run, 1.0, 200, "none", 0, 1) is None
