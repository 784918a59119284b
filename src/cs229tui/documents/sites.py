"""What is known of sites: where the PDF or the plain text behind a page is, and which have nothing to keep."""

import re
from urllib.parse import SplitResult, parse_qs, urlsplit

# Of a page's address to that of its PDF: host, pattern of the path, and what the PDF's address is made of.
_PDF_BEHIND: tuple[tuple[str, str, str], ...] = (
    # NeurIPS, its proceedings under three names
    ("papers.nips.cc", r"/paper/(\d{1,5}-[\w-]+?)(?:\.html)?", "https://papers.nips.cc/paper/{0}.pdf"),
    (
        "*.nips.cc *.neurips.cc",
        r"(/paper(?:_files/paper)?/\d{4})/hash/(\w+)-Abstract((?:-[\w-]+)?)\.html",
        "https://proceedings.neurips.cc{0}/file/{1}-Paper{2}.pdf",
    ),
    # PMLR: the first volumes, whose names end in the year, have no folders
    ("proceedings.mlr.press", r"/v(\d+)/([\w-]*\d)(?:\.html)?", "https://proceedings.mlr.press/v{0}/{1}.pdf"),
    ("proceedings.mlr.press", r"/v(\d+)/([\w-]*[a-z])(?:\.html)?", "https://proceedings.mlr.press/v{0}/{1}/{1}.pdf"),
    ("jmlr.org", r"/papers/v(\d+)/([\w-]+)\.html", "https://jmlr.org/papers/volume{0}/{1}/{1}.pdf"),
    ("aclanthology.org", r"/([A-Z]\d\d-\d{4}|\d{4}\.[\w.-]+?\.\d+)/?", "https://aclanthology.org/{0}.pdf"),
    ("aclweb.org", r"/anthology/([A-Z]\d\d-\d{4}|\d{4}\.[\w.-]+?\.\d+)/?", "https://aclanthology.org/{0}.pdf"),
    ("openaccess.thecvf.com", r"(/\w+)/html/([\w./-]+)\.html", "https://openaccess.thecvf.com{0}/papers/{1}.pdf"),
    (
        "biorxiv.org medrxiv.org",
        r"/content/(10\.\d+/[\d.]+v\d+)(?:\.full(?:-text)?|\.abstract)?",
        "https://{host}/content/{0}.full.pdf",
    ),
    ("nature.com", r"/articles/([a-z]?[\w.-]+?)/?", "https://www.nature.com/articles/{0}.pdf"),
    ("link.springer.com", r"/(?:article|chapter)/(10\.\d+/[^/?]+)", "https://link.springer.com/content/pdf/{0}.pdf"),
    ("dl.acm.org", r"/doi/(?:abs/|full/)?(10\.\d+/[^/?]+)", "https://dl.acm.org/doi/pdf/{0}"),
    ("science.org", r"/doi/(?:abs/|full/)?(10\.\d+/[^/?]+)", "https://www.science.org/doi/pdf/{0}"),
    ("pnas.org", r"/doi/(?:abs/|full/)?(10\.\d+/[^/?]+)", "https://www.pnas.org/doi/pdf/{0}"),
    ("journals.plos.org", r"/(\w+)/article", "https://journals.plos.org/{0}/article/file?id={id}&type=printable"),
    ("apps.dtic.mil", r"/(?:sti/)?citations/(AD\w+)/?", "https://apps.dtic.mil/sti/pdfs/{0}.pdf"),
    ("ntrs.nasa.gov", r"/citations/(\d+)/?", "https://ntrs.nasa.gov/api/citations/{0}/downloads/{0}.pdf"),
    ("hal.science", r"/([a-z]+-\d+(?:v\d+)?)/?", "https://hal.science/{0}/document"),
    # What people keep their slides and drafts in
    (
        "docs.google.com",
        r"/presentation/d/([\w-]{10,})(?:/.*)?",
        "https://docs.google.com/presentation/d/{0}/export/pdf",
    ),
    (
        "docs.google.com",
        r"/document/d/([\w-]{10,})(?:/.*)?",
        "https://docs.google.com/document/d/{0}/export?format=pdf",
    ),
    ("drive.google.com", r"/file/d/([\w-]{10,})(?:/.*)?", "https://drive.google.com/uc?export=download&id={0}"),
    ("dropbox.com", r"(/.+\.pdf)", "https://www.dropbox.com{0}?dl=1"),
    ("github.com", r"/([\w.-]+/[\w.-]+)/blob/(.+\.pdf)", "https://raw.githubusercontent.com/{0}/{1}"),
    # DOIs whose PDFs are free for all
    ("doi.org dx.doi.org", r"/10\.1038/([\w.-]+)", "https://www.nature.com/articles/{0}.pdf"),
    ("doi.org dx.doi.org", r"/10\.18653/v1/([\w.-]+)", "https://aclanthology.org/{0}.pdf"),
)
# The same for plain text: a repository's README is its page.
_TEXT_BEHIND: tuple[tuple[str, str, str], ...] = (
    ("github.com", r"/([\w.-]+)/([\w.-]+?)(?:\.git)?/?", "https://raw.githubusercontent.com/{0}/{1}/HEAD/README.md"),
    ("github.com", r"/([\w.-]+/[\w.-]+)/blob/(.+\.(?:md|txt))", "https://raw.githubusercontent.com/{0}/{1}"),
)
_VIDEO = "a video"
_NOTEBOOK = "a notebook that runs in the browser"
_POST = "a post that is shown to browsers only"
_SHOP = "a shop's page"
_INDEX = "an entry in an index, not the work itself"
_APP = "an app in the browser"
_NOTHING: tuple[tuple[str, str, str], ...] = (
    ("youtube.com youtu.be vimeo.com bilibili.com twitch.tv ted.com", "", _VIDEO),
    ("*.panopto.com slideslive.com videolectures.net", "", _VIDEO),
    ("colab.research.google.com kaggle.com *.mybinder.org mybinder.org", "", _NOTEBOOK),
    ("twitter.com x.com reddit.com facebook.com linkedin.com discord.com discord.gg *.slack.com", "", _POST),
    ("amazon.com amazon.co.uk amazon.de abebooks.com books.google.com goodreads.com", "", _SHOP),
    ("semanticscholar.org scholar.google.com researchgate.net dblp.org scopus.com worldcat.org", "", _INDEX),
    ("docs.google.com", r"/(?:spreadsheets|forms)/", _APP),
    ("drive.google.com", r"/drive/", "a folder of files"),
    ("chat.openai.com chatgpt.com perusall.com app.perusall.com gradescope.com canvas.harvard.edu", "", _APP),
)
# Pages about works: what they hold is an abstract.
_ABSTRACTS = (
    "*.arxiv.org arxiv.org openreview.net *.nips.cc *.neurips.cc proceedings.mlr.press jmlr.org aclanthology.org"
    " aclweb.org openaccess.thecvf.com biorxiv.org medrxiv.org dl.acm.org ieeexplore.ieee.org papers.ssrn.com doi.org"
    " dx.doi.org sciencedirect.com link.springer.com academic.oup.com direct.mit.edu hal.science ntrs.nasa.gov"
    " apps.dtic.mil"
)


def pdf_behind(address: str) -> str:
    """Where the PDF is that the page at an address is about, as far as the site's way of naming tells; else empty."""
    parts = _parts(address)
    if parts is None:
        return ""
    if parts.path.lower().endswith(".pdf") and not (_host(parts) == "github.com" and "/blob/" in parts.path):
        return address
    return _made(_PDF_BEHIND, parts)


def text_behind(address: str) -> str:
    """Where the plain text is that a page shows: a repository's README, a Markdown file in it; else empty."""
    parts = _parts(address)
    return _made(_TEXT_BEHIND, parts) if parts else ""


def nothing_to_keep(address: str) -> str:
    """What an address leads to that cannot be kept as a document: `a video`; empty where it may be a document."""
    parts = _parts(address)
    if parts is None:
        return ""
    for hosts, path, what in _NOTHING:
        if _is_at(_host(parts), hosts) and (not path or re.search(path, parts.path)):
            return what
    return ""


def is_abstract(address: str) -> bool:
    """Whether a page is one about a work, not the work: its PDF may be named on it."""
    parts = _parts(address)
    return parts is not None and _is_at(_host(parts), _ABSTRACTS)


def _made(rules: tuple[tuple[str, str, str], ...], parts: SplitResult) -> str:
    host = _host(parts)
    for hosts, pattern, made in rules:
        found = re.fullmatch(pattern, parts.path) if _is_at(host, hosts) else None
        if found:
            number = parse_qs(parts.query).get("id", [""])[0]
            if "{id}" in made and not re.fullmatch(r"[\w./-]+", number):
                continue
            return made.format(*found.groups(), host=parts.hostname, id=number)
    return ""


def _is_at(host: str, hosts: str) -> bool:
    return any(host == one or (one.startswith("*.") and host.endswith(one[1:])) for one in hosts.split())


def _host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    for prefix in ("www.", "old.", "m.", "mobile."):
        host = host.removeprefix(prefix)
    return host


def _parts(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
        return parts if parts.scheme in ("http", "https") and parts.hostname else None
    except ValueError:
        return None
