"""Every benchmark, one after the other, each against its peer: `make bench`, or `make bench ARGS="search startup"`."""

import importlib
import sys
import time

# Each module's main() returns rows of: what, ours, peer, unit, wanted. The ratio is ours / peer; wanted is the most it
# may be, or with a minus sign the least.
MODULES = (
    "startup",
    "reading",
    "pictures",
    "memory",
    "search",
    "anchoring",
    "discussion",
    "conversations",
    "threads",
    "hypothesis_import",
    "nanogpt",
    "diffusion",
    "dp_sgd",
    "run_history",
    "lab_start",
    "lab_logging",
    "live_view",
)


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all; returns 1 where a ratio is not what is wanted."""
    rows: list[tuple[str, float, float, str, float]] = []
    for name in names or MODULES:
        began = time.perf_counter()
        print(f"== {name}", file=sys.stderr, flush=True)
        rows += importlib.import_module(name).main()
        print(f"   {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
    missed = 0
    width = max(len(row[0]) for row in rows)
    print(f"{'what':<{width}} | {'ours':>17} | {'peer':>17} | {'ratio':>7} | wanted")
    for what, ours, peer, unit, wanted in rows:
        ratio = ours / peer
        met = ratio <= wanted if wanted >= 0 else ratio >= -wanted
        missed += not met
        bound = f"≤ {wanted:g}" if wanted >= 0 else f"≥ {-wanted:g}"
        mark = "" if met else "  MISSED"
        print(f"{what:<{width}} | {ours:>9.4g} {unit:<7} | {peer:>9.4g} {unit:<7} | {ratio:>7.3g} | {bound}{mark}")
    return min(missed, 1)


if __name__ == "__main__":
    unknown = set(sys.argv[1:]) - set(MODULES)
    if unknown:
        sys.exit(f"no benchmark {', '.join(sorted(unknown))}; there are: {', '.join(MODULES)}")
    sys.exit(main(sys.argv[1:]))
