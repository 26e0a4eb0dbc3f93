"""What a list answers to a script: pieces of HTML, or HTML and addresses within JSON."""

from __future__ import annotations

import html
import json

_ADDRESS_KEYS = frozenset({"url", "link", "href", "permalink", "detailurl", "urldetail", "friendlyurl", "path"})
MAX_VALUES = 50_000


def html_of_json(text: str) -> str:
    """Return the HTML in a JSON answer, with its addresses as links; "" where it is no JSON.

    >>> html_of_json('{"data": [{"url": "/tin/1"}], "html": "<p>x</p>"}')
    '<p>x</p><a href="/tin/1"></a>'
    """
    try:
        waiting: list[tuple[str, object]] = [("", json.loads(text))]
    except (ValueError, RecursionError):
        return ""
    pieces: list[str] = []
    while waiting and len(pieces) < MAX_VALUES:
        key, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [(str(k).lower(), v) for k, v in value.items()]
        elif isinstance(value, list):
            waiting += [(key, v) for v in reversed(value)]
        elif isinstance(value, str) and "<" in value:
            pieces.append(value)
        elif isinstance(value, str) and key in _ADDRESS_KEYS and value.startswith(("/", "http")):
            pieces.append(f'<a href="{html.escape(value)}"></a>')
    return "".join(pieces)
