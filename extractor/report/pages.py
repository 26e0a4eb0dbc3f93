"""Pages from templates: escaped, in Vietnamese or English, with a policy that lets them load nothing and run nothing."""

from __future__ import annotations

import base64
import datetime as dt
import functools
import hashlib
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import jinja2

_HERE = Path(__file__).parent
LANGUAGES = ("vi", "en")


@functools.cache
def _phrases() -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = json.loads((_HERE / "ui.json").read_text(encoding="utf-8"))
    return found


def says(language: str) -> Callable[[str], str]:
    """Return what gives a phrase of the pages in that language, by its key; KeyError for a key that is not there."""
    index = LANGUAGES.index(language)
    return lambda key: _phrases()[key][index]


def shown(value: Any) -> str:
    """Return a value for people: digits grouped by points, decimals with a comma, days as dd/mm/yyyy.

    >>> shown(1250000), shown(Decimal("99.6200")), shown(dt.date(2024, 3, 5)), shown(None)
    ('1.250.000', '99,62', '05/03/2024', '')
    """
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return f"{value:%d/%m/%Y %H:%M}"
    if isinstance(value, dt.date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, bool):
        return "✓" if value else "✗"
    if isinstance(value, int | Decimal | float):
        whole, _, rest = f"{value:,.4f}".partition(".")
        return whole.replace(",", ".") + ("," + rest.rstrip("0") if rest.rstrip("0") else "")
    return ", ".join(map(shown, value)) if isinstance(value, list | tuple) else str(value)


@functools.cache
def style() -> str:
    """Return the style sheet of every page."""
    return (_HERE / "templates" / "style.css").read_text(encoding="utf-8")


def policy(*, script: str = "", forms: bool = False) -> str:
    """Return a content security policy under which the page's own style, and `script` if given, are all that it may use."""
    parts = ["default-src 'none'", f"style-src {_digest(style())}", "img-src data:", "base-uri 'none'"]
    parts += [f"script-src {_digest(script)}"] if script else []
    return "; ".join([*parts, "form-action 'self'" if forms else "form-action 'none'"])


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@functools.cache
def environment() -> jinja2.Environment:
    """Return the templates' environment: everything is escaped, and a name that is not given is an error."""
    loader = jinja2.FileSystemLoader([_HERE / "templates", _HERE.parent / "explorer" / "templates"])
    made = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.filters["shown"] = shown
    made.globals["zip"] = zip
    return made


def render(template: str, language: str, **values: Any) -> str:
    """Return a page."""
    made = environment().get_template(template)
    return made.render(lang=language, t=says(language), style=style(), **{"csp": policy(), **values})
