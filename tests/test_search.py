"""Search over the fixed data set: by words with or without tone marks, and by what the facts are."""

from __future__ import annotations

from decimal import Decimal

import pytest

from extractor.query.asking import marked
from extractor.query.search import Search, find_articles, find_facts


def ids(hits):
    return [row["fact_id"] for row in hits.rows]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"words": "can nha xay moi", "table": "quantities"}, ["a15.nha", "a15.dk", "a02.moi", "a02.sua"]),
        ({"words": '"xây mới"', "table": "money"}, ["a02.nha", "a04.m1", "a04.m2"]),
        ({"words": "bản liền", "table": "money"}, ["a14.qua", "a13.qua", "a01.cp"]),
        ({"table": "money", "kind": "planned"}, ["a08.d2", "a04.giao"]),
        ({"table": "money", "least": Decimal(5_000_000_000)}, ["a08.thu", "a07.thu", "a04.thu", "a04.giao"]),
        ({"least": Decimal(3), "most": Decimal(5), "level": "district", "kind": "house"}, ["a02.moi", "a02.sua", "a01.sua"]),
        ({"source": "yenbai", "table": "documents"}, ["a06.qd", "a06.kl"]),
        ({"province": "15", "table": "money", "month": "2024-03"}, ["a06.sau"]),
        ({"province_2025": "15", "kind": "voter_contact"}, []),
        ({"province_2025": "04", "kind": "voter_contact"}, ["a10.tx"]),
        ({"year": 2025, "table": "participants"}, ["a14.ho", "a13.ho"]),
        ({"words": "chẳng có"}, []),
    ],
)
def test_facts(ask, wanted, found):
    hits = find_facts(ask, Search(**wanted))

    assert sorted(ids(hits)) == sorted(found)
    assert hits.total == len(found)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"words": "tet"}, ["a13", "a14"]),
        ({"words": '"hậu quả bão"'}, ["a07"]),
        ({"words": "phan bien", "table": "quantities", "kind": "opinion"}, ["a09"]),
        ({"words": "", "kind": "training"}, ["a11"]),
        ({"words": "script"}, ["a16"]),
        ({"year": 2023}, ["a01"]),
    ],
)
def test_articles(ask, wanted, found):
    hits = find_articles(ask, Search(**wanted))

    assert sorted(row["article_id"] for row in hits.rows) == found


def test_pages_of_hits_follow_one_another(ask):
    wanted = Search(table="money")
    whole = ids(find_facts(ask, wanted))
    paged = [i for page in range(4) for i in ids(find_facts(ask, wanted, page=page, size=8))]

    assert paged == whole
    assert len(whole) == 30
    assert [row["published"] is None for row in find_facts(ask, wanted).rows][-1], "what has no date comes last"


def test_the_words_of_a_hit_are_marked(ask):
    for row in find_facts(ask, Search(), size=500).rows:
        assert row["sentence"][row["begin"] :].startswith(row["mention"])
        assert f"«{row['mention']}»" in marked(row)


@pytest.mark.parametrize("typed", ["'", '"', '" ; --', "\\", "%", "(", "[a", "*"])
def test_whatever_is_typed_finds_or_finds_not(ask, typed):
    assert find_facts(ask, Search(words=typed, source=typed, kind=typed)).total == 0
