"""What a page is, where it is no article: an error, an empty shell, hacked, a home page. Words and limits are in rules/kinds.toml."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from extractor.anchors import Words
from extractor.clean.chrome import is_chrome
from extractor.clean.moments import is_date_line
from extractor.clean.tree import Node, Parser, words
from extractor.clean.unpruned import Unpruned
from extractor.data import rules_dir
from extractor.rules import read_toml
from extractor.text import fold

_LEAST_WORDS = 20
# A list says so many times what an article says once.
_REPEATED, _LONGEST_CALL = 3, 40
_LEAST_PARAGRAPH, _PARAGRAPHS = 80, 3
_CALL = re.compile(r"(?:xem|đọc) (?:thêm|tiếp|chi tiết)|^(?:chi tiết|read more|\[?\.{3}\]?)")
_SAMPLE = 200_000
# Beginnings of files that are no page, whatever they are called: PDF, zipped and older office files, archives, pictures.
_FILES = (b"%PDF", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"Rar!", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"{\\rtf")
_PAGES = ("text/", "application/xhtml", "application/xml")


@functools.cache
def _rules() -> dict[str, Any]:
    data = read_toml(rules_dir() / "kinds.toml")
    for key in ("error", "perhaps", "home", "nowhere", "shell_words"):
        data[key] = re.compile("|".join(f"(?:{p})" for p in data[key]))
    hacked = data["hacked"]
    for key in ("bait", "law"):
        hacked[key] = re.compile(rf"(?<!\w)(?:{'|'.join(hacked[key])})(?!\w)")
    hacked["unseen_styles"] = re.compile("|".join(map(re.escape, hacked["unseen_styles"])))
    hacked["stems"] = Words(stem.encode() for stem in hacked["stems"])
    hacked["unseen_marquees"] = set(hacked["unseen_marquees"].items())
    return data


def is_file(content: str | bytes, content_type: str) -> bool:
    """Tell whether what was fetched is a file and no page: by its first bytes, or by a type that is no text's."""
    if isinstance(content, str):
        return False
    stated = content_type.partition(";")[0].strip().lower()
    looks_like_page = content[:512].lstrip().lower().startswith((b"<!doctype", b"<html", b"<head", b"<?xml"))
    return content.startswith(_FILES) or bool(stated and not stated.startswith(_PAGES) and not looks_like_page)


def hides_bait(page: Unpruned) -> bool:
    """Tell whether a page carries links to games of chance where no reader sees them."""
    hacked = _rules()["hacked"]
    boxes = [node for node, given in page.marked if "hidden" in given or _is_unseen(given.get("style"), hacked["unseen_styles"])]
    boxes += [node for node in page.marquees if not hacked["unseen_marquees"].isdisjoint(node.attributes.items())]
    links = {node.mem_id: node for box in _outermost(boxes) for node in box.css("a[href]")}
    if len(links) < hacked["hidden_links"]:
        return False  # most pages, at little cost
    told = [fold(f"{words(node) or ''} {(node.attributes.get('href') or '').strip()}") for node in links.values()]
    if not hacked["bait"].search("\n".join(told)):
        return False  # nearly all others
    return sum(hacked["bait"].search(link) is not None for link in told) >= int(hacked["hidden_links"])


def _is_unseen(style: str | None, unseen: re.Pattern[str]) -> bool:
    return style is not None and unseen.search(style.replace(" ", "").lower()) is not None


def _outermost(nodes: Sequence[Node]) -> Iterator[Node]:
    """Yield the nodes that are in no other of them, so that what is in many is looked at once."""
    given = {node.mem_id for node in nodes}
    for node in nodes:
        above = node.parent
        while above is not None and above.mem_id not in given:
            above = above.parent
        if above is None:
            yield node


def needs_script(tree: Parser) -> bool:
    """Tell whether an unpruned page says, or shows by its boxes, that scripts fill it."""
    rules = _rules()
    asked = (fold(words(node) or "") for node in tree.css("noscript"))
    return tree.css_first(", ".join(rules["shells"])) is not None or any(map(rules["shell_words"].fullmatch, asked))


def kind_by_words(tree: Parser, headings: Iterable[str], main: Sequence[str], *, script: Callable[[], bool]) -> str | None:
    """Return hacked, error, shell or empty for a pruned page that is one, else None; `main` is its main text."""
    rules = _rules()
    shown = "\n".join(main) or (tree.body.text(separator=" ") if tree.body else "")
    titles = [fold(h) for h in headings]
    if _sells(shown[:_SAMPLE].lower(), titles):
        return "hacked"
    short = [title for title in titles if len(title) <= rules["longest_heading"]]
    is_short = sum(map(len, main)) <= rules["longest_error"]
    if any(rules["error"].fullmatch(title) for title in short) or (is_short and any(rules["perhaps"].fullmatch(title) for title in short)):
        return "error"
    if len(shown.split(None, _LEAST_WORDS)) >= _LEAST_WORDS:
        return None
    return "shell" if script() else "empty"


def reads_as_list(main: Iterable[str]) -> bool:
    """Tell whether a main text is that of a list: beginnings of stories that break off, days, or calls to read on, over and
    over, and nowhere some paragraphs without one between them.
    """
    signals = run = 0
    for line in main:
        if is_date_line(line) or is_chrome(line, "listed") or line.endswith(("...", "…")) or (len(line) < _LONGEST_CALL and _CALL.search(fold(line))):
            signals += 1
            run = 0
        elif len(line) >= _LEAST_PARAGRAPH:
            run += 1
            if run == _PARAGRAPHS:
                return False
    return signals >= _REPEATED


def is_home(tree: Parser, url: str | None) -> bool:
    """Tell whether a page is its site's front page: by its path, or by the name that the software gives its body."""
    if url and _is_home_path(url):
        return True
    rules = _rules()
    names = (tree.body.attributes.get("class") or "").lower().split() if tree.body else []
    return any(name in rules["home_classes"] for name in names)


def leads_nowhere(url: str) -> bool:
    """Tell whether an address is one that sites send people to whose page they no longer have: home, or a page of errors.

    >>> leads_nowhere("http://a.example/vi/"), leads_nowhere("http://a.example/Error.aspx?aspxerrorpath=/tin/1"), leads_nowhere("http://a.example/tin/loi-hay-y-dep.html")
    (True, True, False)
    """
    parts = urlsplit(url.lower())
    return _is_home_path(url) or any(_rules()["nowhere"].fullmatch(place) for place in (parts.path, f"{parts.path}?{parts.query}"))


def _is_home_path(url: str) -> bool:
    parts = urlsplit(url)
    return not parts.query and _rules()["home"].fullmatch(parts.path.lower()) is not None


def _sells(shown: str, titles: Iterable[str]) -> bool:
    """Tell whether a page sells games of chance.

    Those who warn of them use the same words: theirs must be outweighed.
    """
    hacked = _rules()["hacked"]
    if not hacked["stems"].within(shown.encode("utf-8", "ignore")):
        return False  # nearly all pages, at little cost
    bait = [m[0] for m in hacked["bait"].finditer(shown)]
    if len(bait) < hacked["words"] // 2 or len(bait) <= 2 * len(hacked["law"].findall(shown)):
        return False
    in_title = any(hacked["bait"].search(t) and not hacked["law"].search(t) for t in titles)
    return in_title or (len(bait) >= hacked["words"] and len(set(bait)) >= hacked["kinds_of_words"])
