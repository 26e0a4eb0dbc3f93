"""One visit: its language, its address and the addresses of what is near it, and the tables that it reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request

from extractor.errors import InputError
from extractor.query import Ask
from extractor.query.search import Search
from extractor.report.pages import LANGUAGES, policy, render

_WORDS = ("table", "kind", "source", "level", "month")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A request with what views need of it."""

    request: Request
    data: Path
    form: Mapping[str, str]
    ask: Ask | None

    def asking(self, ask: Ask) -> Visit:
        """Return the visit over these tables."""
        return replace(self, ask=ask)

    @property
    def tables(self) -> Ask:
        """What answers SELECTs."""
        if self.ask is None:
            raise InputError("no tables are open")
        return self.ask

    @property
    def language(self) -> str:
        """The language of the page, of which each has its own address."""
        asked = self.request.query_params.get("lang", "vi")
        return asked if asked in LANGUAGES else "vi"

    def given(self, name: str) -> str:
        """Return a parameter of the address, without space around it; empty where it is not given."""
        return self.request.query_params.get(name, "").strip()

    def number(self, name: str, *, default: int | None = None) -> int | None:
        """Return a parameter that is a whole number; InputError where it is none."""
        text = self.given(name)
        if not text:
            return default
        if not text.isdecimal() or len(text) > 9:
            raise InputError(f"{name}={text[:40]}: a whole number is wanted")
        return int(text)

    @property
    def units(self) -> int:
        """63 or 34 provinces."""
        return 34 if self.given("units") == "34" else 63

    def url(self, path: str | None = None, **changes: Any) -> str:
        """Return this address with parameters changed (None: without), or that of another path with these and the language alone."""
        kept = dict(self.request.query_params) if path is None else {"lang": self.language} if self.given("lang") else {}
        merged = {k: v for k, v in {**kept, **changes}.items() if v not in (None, "")}
        target = path or self.request.url.path
        return f"{target}?{urlencode(merged)}" if merged else target

    def page(self, template: str, **values: Any) -> str:
        """Return a page of the explorer."""
        return render(template, self.language, visit=self, url=self.url, csp=policy(forms=True), **values)

    def search(self) -> Search:
        """Return what the address looks for; InputError where a filter is no value of its kind."""
        province = self.given("province") or None
        words = {name: self.given(name) or None for name in _WORDS}
        place = {"province_2025" if self.units == 34 else "province": province}
        return Search(words=self.given("q")[:500], year=self.number("year"), least=self._figure("least"), most=self._figure("most"), **words, **place)

    def _figure(self, name: str) -> Decimal | None:
        text = self.given(name).replace(".", "").replace(",", ".")
        if not text:
            return None
        try:
            figure = Decimal(text)
        except InvalidOperation as error:
            raise InputError(f"{name}={text[:40]}: a number is wanted") from error
        if not figure.is_finite() or abs(figure) >= 10**18:
            raise InputError(f"{name}={text[:40]}: a number under 10^18 is wanted")
        return figure
