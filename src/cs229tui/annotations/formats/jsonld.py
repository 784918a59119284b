"""W3C Web Annotations as a file: the form in which annotations leave without losing anything."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from cs229tui.annotations.w3c import CONTEXT, web_annotation
from cs229tui.course.model import Reading
from cs229tui.library.annotations import Annotation


def collection(
    annotations: Iterable[Annotation], readings: Mapping[str, Reading], label: str = "cs229tui annotations"
) -> dict[str, Any]:
    """Annotations as one AnnotationCollection with a single page."""
    items = [msgspec.to_builtins(web_annotation(one, readings.get(one.reading))) for one in annotations]
    return {
        "@context": CONTEXT,
        "type": "AnnotationCollection",
        "label": label,
        "total": len(items),
        "first": {"type": "AnnotationPage", "startIndex": 0, "items": items},
    }
