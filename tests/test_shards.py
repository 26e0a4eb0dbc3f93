"""A crawl in parts: every host in exactly one, all hosts of a server in the same."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from extractor.cli import app
from extractor.crawl.shards import Shard, of_shard, server_of
from extractor.errors import InputError

URLS = [f"https://xa-{n}.huyen-{n % 40}.example/tin/" for n in range(400)]


def resolve(host):
    """Return the addresses of a world in which forty servers hold four hundred hosts, and some hosts have none."""
    number = int(host.split(".")[0].removeprefix("xa-"))
    return [] if number % 50 == 7 else [f"10.1.{number % 40}.9", f"10.1.{number % 40}.5", "2001:db8::1"]


@pytest.mark.parametrize("of", [1, 2, 5])
def test_every_host_is_in_one_part_and_a_server_in_one(of):
    parts = [of_shard(URLS, Shard(n, of), resolve=resolve) for n in range(1, of + 1)]

    assert sorted(url for part in parts for url in part) == sorted(URLS)
    servers = [{address for url in part for address in resolve(urlsplit(url).hostname)[:1]} for part in parts]
    assert sum(map(len, servers)) == len(set().union(*servers))
    assert min(map(len, parts)) > len(URLS) / of / 3


def test_the_order_of_addresses_does_not_matter():
    assert server_of("a.example", ["2001:db8::1", "10.0.0.9", "10.0.0.10"]) == server_of("a.example", ["10.0.0.10", "10.0.0.9"]) == "10.0.0.9"
    assert server_of("a.example", []) == "a.example"


@given(st.text(max_size=20), st.integers(1, 50))
def test_each_key_is_of_exactly_one_shard(key, of):
    assert sum(Shard(n, of).holds(key) for n in range(1, of + 1)) == 1


@pytest.mark.parametrize("stated", ["0/3", "4/3", "1", "a/b", "1/0", "-1/3", "1/3/5"])
def test_what_is_no_shard_is_told(stated):
    with pytest.raises(InputError, match="i/n"):
        Shard.read(stated)


def test_a_crawl_of_a_part_that_holds_no_host_says_so(tmp_path):
    urls = ["http://127.0.0.1:9/"]
    empty = next(n for n in (1, 2) if not of_shard(urls, Shard(n, 2)))
    done = CliRunner().invoke(app, ["crawl", *urls, "--data", str(tmp_path), "--shard", f"{empty}/2"])

    assert done.exit_code == 0
    assert "0 of 1" in done.output
    assert not (tmp_path / "frontier.sqlite").exists()
