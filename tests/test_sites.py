"""Every site file: whose site, whether the gazetteer and the families know what it names, where its address is known from."""

from __future__ import annotations

from pathlib import Path

import pytest

from extractor.clean import clean
from extractor.data import rules_dir
from extractor.errors import SiteError
from extractor.sites import family_at, load_families, load_site, load_sites, site_for, uncovered

SITES = load_sites()
FAMILIES = {family.name for family in load_families()}


@pytest.mark.parametrize("site", SITES, ids=lambda s: s.id)
def test_a_site_file_holds(site) -> None:
    assert site.id == site.host, "the file is named by the host"
    assert site.family is None or site.family in FAMILIES
    assert site.unit().level is not None, f"{site.owner}: no unit of this name"
    assert site.unit().level == "country" or site.unit().province_code is not None
    assert all(url.startswith(("http://", "https://")) for url in site.start_urls)
    assert site.seen or site.known_from, "say where the address is known from"
    assert site_for(site.start_urls[0]) is site


def test_hosts_are_named_once() -> None:
    hosts = [site.host.removeprefix("www.") for site in SITES]
    assert len(hosts) == len(set(hosts))


def test_provinces_without_a_site_are_told() -> None:
    before, since = uncovered(SITES)
    assert "Kon Tum" not in before
    assert "Quảng Ngãi" not in since  # Kon Tum went into it
    assert len(before) < 63
    assert len(since) < 34
    assert uncovered([])[0][0] == "Hà Nội"
    assert [len(names) for names in uncovered([])] == [63, 34]


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "mttq.example.toml"
    path.write_text('host = "mttq.example"\nname = "X"\nowner = "tỉnh Cao Bằng"\n' + text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('colour = "red"', "unknown key"),
        ("[[layout]]\nname = 'own'\nsince = '2024'", "needs `body`"),
        ("[[layout]]\nname = 'own'\nsince = '2024'\nbody = ['p']\nbodies = ['p']", "unknown key"),
        ("host = 'twice'", "mttq.example.toml"),
    ],
)
def test_what_is_wrong_in_a_site_file_is_said(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SiteError, match=message):
        load_site(written(tmp_path, text))


def test_what_differs_on_a_site_comes_before_its_family(tmp_path: Path) -> None:
    own = load_site(written(tmp_path, "[[layout]]\nname = 'own'\nsince = '2024'\nbody = ['#own']"))
    vhv = next(family for family in load_families() if family.name == "vhv")
    both = family_at(own, vhv)
    assert both is not None
    assert [layout.name for layout in both.layouts] == ["own", *(layout.name for layout in vhv.layouts)]
    assert family_at(own, None) is not None
    assert family_at(None, vhv) is vhv


def test_an_article_tells_whose_site_it_stands_on() -> None:
    body = "<p>Chiều 12/4, Ủy ban MTTQ xã Đăk Rơ Wa trao 20 suất quà cho hộ nghèo, mỗi suất 500 nghìn đồng.</p>" * 6
    article = clean(f"<html><body><h1>Trao quà Tết</h1>{body}</body></html>", "https://ubmttq.kontum.gov.vn/tin/1.html")
    assert (article.source, article.source_level, article.source_province_code) == ("ubmttq.kontum.gov.vn", "province", "62")


def test_sites_are_where_the_rules_are() -> None:
    assert len(SITES) == len(list((rules_dir() / "sites").glob("*.toml")))
