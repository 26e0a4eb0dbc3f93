"""Captions of pictures in an article's box, by where they stand: in the picture's own block, or in the next one."""

from __future__ import annotations

import regex

from extractor.clean.chrome import is_chrome
from extractor.clean.tree import Node, find, words
from extractor.text import fold

_LONGEST = 220
# More pictures than an article has; each is looked at with what stands around it.
_MOST_PICTURES = 200
# What a box of a caption is called; its words stand in a slanted font, or in the middle, where it has no name.
_NAMED = regex.compile(r"caption|figcap|chu-?thich|ghi-?chu|note|(?<![a-z])cap(?![a-z])", regex.IGNORECASE)
_CENTRED = regex.compile(r"text-align:\s*center", regex.IGNORECASE)
_PUSHED = regex.compile(r"text-align:\s*right", regex.IGNORECASE)
_SLANTED = "em, i, cite, small"
_LEAST_ALT = 10
_ROWS = frozenset({"tr", "body", "html"})


def take_captions(body: Node) -> list[str]:
    """Return the captions of a box's pictures in reading order, and take them off with their pictures."""
    captions = []
    for image in find(body, "img")[:_MOST_PICTURES]:
        note = _note_of(image, body)
        if note is None:
            continue
        caption = words(note)
        if caption is None or is_chrome(caption, "head", "tail", "related", "line"):
            continue  # a picture that is a button
        captions.append(caption)
        # Emptied, not freed: a picture within it may come next.
        for text in [n for n in note.traverse(include_text=True) if n.tag == "-text"]:
            text.replace_with("")
    return captions


def _note_of(image: Node, body: Node) -> Node | None:
    """Return the node that holds the caption of a picture and nothing else."""
    box = image
    while box.parent is not None and box.parent.mem_id != body.mem_id and _text(box.parent, 0) == "":
        box = box.parent
    around = box.parent
    if around is not None and around.mem_id != body.mem_id and around.tag not in _ROWS and _text(around, _LONGEST):
        return around
    below = box.next
    while below is not None and _text(below, 0) == "":
        below = below.next
    return below if below is not None and below.tag != "-text" and _is_note(below, image) else None


def _text(node: Node, most: int) -> str | None:
    """Return a node's text on one line; None as soon as it is longer than `most`, however much there is."""
    pieces: list[str] = []
    length = 0
    for part in node.traverse(include_text=True) if node.tag != "-text" else (node,):
        piece = " ".join((part.text_content or "").split()) if part.tag == "-text" else ""
        if piece:
            pieces.append(piece)
            length += len(piece) + 1
            if length - 1 > most:
                return None
    return " ".join(pieces)


def _is_note(node: Node, image: Node) -> bool:
    text = _text(node, _LONGEST)
    if not text:
        return False
    attributes = node.attributes
    if attributes.get("align") == "right" or _PUSHED.search(attributes.get("style") or ""):
        return False  # a byline below the last picture
    alt = fold(" ".join((image.attributes.get("alt") or "").split()))
    if len(alt) >= _LEAST_ALT and fold(text).startswith(alt):
        return True
    if _NAMED.search(f"{attributes.get('class') or ''} {attributes.get('id') or ''}"):
        return True
    slanted = " ".join(w for part in node.css(_SLANTED) if (w := words(part)))
    if node.tag in {"em", "i", "center"} or (slanted and slanted.startswith(text)):
        return True
    return attributes.get("align") == "center" or _CENTRED.search(attributes.get("style") or "") is not None
