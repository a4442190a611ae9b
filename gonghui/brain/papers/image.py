"""Opening a photo: upright, flat, evenly lit, not too large."""

from __future__ import annotations

import io
import warnings
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from gonghui.brain.lexicon import load_yaml

Pixels = npt.NDArray[np.uint8]


class PaperError(ValueError):
    """The bytes cannot be read; `zh` and `en` say what to do."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.zh, self.en = zh, en


NO_IMAGE = (
    "这不是能打开的图片或 PDF，请拍照或截图后再传。",
    "This is no picture or PDF that can be opened; take a photo.",
)
TOO_LARGE = ("图片太大，请缩小后再传。", "The picture is too large; make it smaller.")


def open_pages(data: bytes) -> list[Pixels]:
    """The pages as RGB pixels (height, width, 3), upright by what the camera noted. Raises PaperError."""
    return _pdf(data) if data[:5] == b"%PDF-" else [_picture(data)]


def _picture(data: bytes) -> Pixels:
    rules = load_yaml("papers.yaml")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data))
            if picture.width * picture.height > rules["most_pixels"]:
                raise PaperError(*TOO_LARGE)
            upright = ImageOps.exif_transpose(picture) or picture
            # What is transparent is white paper.
            if upright.mode in ("RGBA", "LA", "P"):
                layer = upright.convert("RGBA")
                upright = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
            pixels = np.asarray(upright.convert("RGB"))
    except PaperError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PaperError(*TOO_LARGE) from None
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError):
        raise PaperError(*NO_IMAGE) from None
    return smaller(pixels, rules["longest_side"])


def _pdf(data: bytes) -> list[Pixels]:
    import pypdfium2

    rules = load_yaml("papers.yaml")
    try:
        document = pypdfium2.PdfDocument(data)
        pages = []
        for number in range(min(len(document), rules["most_pages"])):
            page = document[number]
            scale = min(4.0, rules["longest_side"] / max(page.get_width(), page.get_height(), 1.0))
            pages.append(np.asarray(page.render(scale=scale).to_pil().convert("RGB")))
    except (pypdfium2.PdfiumError, OSError, ValueError, MemoryError):
        raise PaperError(*NO_IMAGE) from None
    if not pages:
        raise PaperError(*NO_IMAGE)
    return pages


def smaller(pixels: Pixels, longest: int) -> Pixels:
    """At most so many pixels on the longer side."""
    import cv2

    height, width = pixels.shape[:2]
    if max(height, width) <= longest:
        return pixels
    factor = longest / max(height, width)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def flat(pixels: Pixels) -> Pixels:
    """The sheet alone, seen from above, where its four edges stand out from what it lies on; else as it was."""
    import cv2

    corners = _corners(pixels)
    if corners is None:
        return pixels
    width = int(max(np.linalg.norm(corners[1] - corners[0]), np.linalg.norm(corners[2] - corners[3])))
    height = int(max(np.linalg.norm(corners[3] - corners[0]), np.linalg.norm(corners[2] - corners[1])))
    if min(width, height) < 100:
        return pixels
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    matrix = cv2.getPerspectiveTransform(corners, target)
    return np.asarray(cv2.warpPerspective(pixels, matrix, (width, height)), dtype=np.uint8)


def _corners(pixels: Pixels) -> Any:
    """Corners of the sheet, clockwise from the upper left (4, 2), or None."""
    import cv2

    factor = 600 / max(pixels.shape[:2])
    small = cv2.resize(pixels, None, fx=factor, fy=factor)
    gray = cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), (7, 7), 0)
    _, light = cv2.threshold(gray, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    light = cv2.morphologyEx(light, cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8))
    outlines = cv2.findContours(light, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[0]
    area = small.shape[0] * small.shape[1]
    for outline in sorted(outlines, key=cv2.contourArea, reverse=True)[:3]:
        share = cv2.contourArea(outline) / area
        x, y, width, height = cv2.boundingRect(outline)
        # The edge of a shadow runs out of the picture; a sheet on a table ends within it.
        open_sides = (x <= 2) + (y <= 2) + (x + width >= small.shape[1] - 2) + (y + height >= small.shape[0] - 2)
        if share < 0.2 or open_sides > 0:
            continue
        shape = cv2.approxPolyDP(outline, 0.03 * cv2.arcLength(outline, True), True)
        if len(shape) == 4 and cv2.isContourConvex(shape):
            points = shape.reshape(4, 2).astype(np.float32) / factor
            total, gap = points.sum(axis=1), np.diff(points, axis=1)[:, 0]
            return np.array(
                [points[total.argmin()], points[gap.argmin()], points[total.argmax()], points[gap.argmax()]],
                dtype=np.float32,
            )
    return None


def even(pixels: Pixels) -> Pixels:
    """Shadows taken out: each channel over what its surroundings are."""
    import cv2

    size = max(31, (max(pixels.shape[:2]) // 25) | 1)
    parts = []
    for channel in cv2.split(pixels):
        ground = cv2.medianBlur(cv2.dilate(channel, np.ones((7, 7), np.uint8)), min(size, 101))
        parts.append(np.clip(channel.astype(np.float32) / np.maximum(ground, 1) * 245, 0, 255).astype(np.uint8))
    return np.asarray(cv2.merge(parts), dtype=np.uint8)


def sharpness(pixels: Pixels) -> float:
    """Variance of the Laplacian: below some tens a photo is blurred (Pertuz et al. 2013)."""
    import cv2

    return float(cv2.Laplacian(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), cv2.CV_64F).var())
