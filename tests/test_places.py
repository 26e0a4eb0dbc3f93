"""Places: names, levels and codes, settled by what stands beside them."""

from __future__ import annotations

import pytest

from extractor import extract
from extractor.places import canonical_name, is_place, owner_of, province_name
from extractor.schema import Location


def places(text: str, published: str | None = "2023-05-05") -> list[Location]:
    return list(extract(text, published=published).locations)


def names(text: str, published: str | None = "2023-05-05") -> list[tuple[str, str]]:
    return [(p.name, p.level) for p in places(text, published)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tại xã Đạ Đờn, Liên Hà và xã Gia Lâm", [("Đạ Đờn", "commune"), ("Liên Hà", "commune"), ("Gia Lâm", "commune")]),
        ("ở 2 xã Sơn Hội và Sơn Hà", [("Sơn Hội", "commune"), ("Sơn Hà", "commune")]),
        ("nước tràn vào các xã Bãi Sậy, Gò Nổi, Cồn Chim.", [("Bãi Sậy", "commune"), ("Gò Nổi", "commune"), ("Cồn Chim", "commune")]),
        ("Ủy ban MTTQ TP.HCM thăm quận 5", [("Hồ Chí Minh", "province"), ("5", "district")]),
        ("chi nhánh TPHCM và tỉnh Bến Tre", [("Hồ Chí Minh", "province"), ("Bến Tre", "province")]),
        ("tại tổ dân phố 3, ấp 94 và khu phố 5", [("3", "village"), ("94", "village"), ("5", "village")]),
        ("ở tổ 6, tổ 8; 10 tổ dân phố có hòm thư", [("6", "village"), ("8", "village")]),
        ("Hội Nông dân tỉnh Bến Tre Nguyễn Hải Hà", [("Bến Tre", "province")]),
        ("Mặt trận thị xã Uông Bí", [("Uông Bí", "district")]),
        ("bà con các sông miền Trung và khu vực Tây Nguyên", [("miền Trung", "region"), ("Tây Nguyên", "region")]),
        ("Hoà Bình và Đắc Lắc", [("Hòa Bình", "province"), ("Đắk Lắk", "province")]),
        ("khoa học phát triển nông thôn 35 triệu đồng", []),
        ("Mặt trận Tổ quốc Việt Nam các cấp", []),
        ("tặng 1.000 bảng Anh cho ca sĩ Lan Anh", []),
        ("củng cố khối Đại đoàn kết toàn dân", []),
        ("ông Phan Ngọc Hiển ở đường Hà Nội", []),
        ("Chủ tịch HĐND thành phố Phùng Hữu Phú cho biết", []),
        ("hợp tác xã Tân Tiến", []),
        ("04 xã đạt chuẩn: Hòa Sơn (17 nhà), Hòa Lễ và Bãi Sậy.", [("Hòa Sơn", "commune"), ("Hòa Lễ", "commune"), ("Bãi Sậy", "commune")]),
        ("các xã vùng bãi ngang như Cồn Chim, Gò Nổi", [("Cồn Chim", "commune"), ("Gò Nổi", "commune")]),
        ("các ấp Tà Tê 1, Tà Tê 2, K'Liêu", [("Tà Tê 1", "village"), ("Tà Tê 2", "village"), ("K'Liêu", "village")]),
        ("liên khóm Vĩnh Phú, Vĩnh Đông và khóm Bà Bài", [("Vĩnh Phú", "village"), ("Vĩnh Đông", "village"), ("Bà Bài", "village")]),
        ("ấp 10 năm liền giữ vững danh hiệu", []),
        ("niêm yết tại thôn, tổ dân phố 5 ngày trước khi cấp", []),
        ("Anh Châu Văn Hậu ở khu Gò Chùa", [("Gò Chùa", "village")]),
        ("quân khu 7 và khu công nghiệp", []),
        ("Tập đoàn Đại Tây Nguyên Xanh", []),
    ],
)
def test_names_and_levels(text: str, expected: list[tuple[str, str]]) -> None:
    assert names(text) == expected


def test_a_commune_is_known_again_without_its_word() -> None:
    assert names("Xã Du Tiến gặp lũ. Đường đi Du Tiến dài 70 km.")[1] == ("Du Tiến", "commune")


def test_communes_of_the_districts_that_are_named_are_known_bare() -> None:
    text = "Ở huyện Tháp Mười, mô hình đã về đến Mỹ Đông; bà con Tân Kiều cũng đăng ký."
    assert names(text) == [("Tháp Mười", "district"), ("Mỹ Đông", "commune"), ("Tân Kiều", "commune")]
    assert ("Mỹ Đông", "commune") not in names("mô hình đã về đến Mỹ Đông")


def test_a_hamlet_has_the_codes_of_the_unit_named_behind_it() -> None:
    hamlet, district = places("Ban công tác Mặt trận thôn 5, huyện Hạ Lang")
    assert (hamlet.level, hamlet.resolution, hamlet.province_code) == ("village", "unknown", "04")
    assert hamlet.district_code == district.district_code
    hamlet, commune, *_ = places("xóm Nà Tền, thị trấn Thanh Nhật, huyện Hạ Lang, tỉnh Cao Bằng")
    assert hamlet.commune_code == commune.commune_code is not None


def test_codes_are_those_of_the_province_that_stands_beside() -> None:
    first = places("xã Tân Thành, huyện Hàm Thuận Nam, tỉnh Bình Thuận")[0]
    assert (first.province_code, first.district_code) == ("60", "598")
    assert first.resolution in {"unique", "context"}
    alone = places("xã Tân Thành")[0]
    assert (alone.resolution, alone.commune_code) == ("ambiguous", None)


def test_both_systems_have_their_codes() -> None:
    old = places("tỉnh Hà Giang")[0]
    assert (old.province_code, old.province_code_2025) == ("02", "08")
    assert province_name("08", new=True) == "Tuyên Quang"


def test_the_owner_of_a_site_settles_what_is_ambiguous() -> None:
    owner = owner_of("huyện Hạ Lang, tỉnh Cao Bằng")
    assert owner is not None
    assert (owner.level, owner.province_code, owner.district_code) == ("district", "04", "048")
    assert owner_of("một cơ quan") is None


def test_spellings() -> None:
    assert canonical_name("TT-Huế") == "Thừa Thiên Huế"
    assert canonical_name("Chẳng Đâu") == "Chẳng Đâu"
    assert is_place("Hạ Lang")
    assert not is_place("Hạ Lang Nông")


@pytest.mark.parametrize(
    ("text", "roles"),
    [
        ("Hội nghị tổ chức tại huyện Hạ Lang, tỉnh Cao Bằng.", ["setting", "setting"]),
        ("Ông Nguyễn Văn Tám, quê ở xã Phú Lộc, tỉnh Cà Mau dự họp.", ["origin", "origin"]),
        ("Chủ tịch Ủy ban MTTQ Việt Nam huyện Hạ Lang phát biểu.", ["origin"]),
        ("Bí thư Quận ủy Gò Vấp đến dự.", ["origin"]),
        ("Trao quà cho hộ nghèo ở xã Thắng Lợi.", ["origin"]),
        ("Trao quà cho các xã Thắng Lợi, An Lạc và Cô Ngân.", ["setting", "setting", "setting"]),
        ("Điểm lở cách xã Thắng Lợi 3 km.", ["mention"]),
        ("Chị Lê Thị Hà (Quảng Bình) kể lại.", ["origin"]),
        ("Xã Thắng Lợi vận động được 5 triệu đồng.", ["setting"]),
        ("Điệu múa Tây Nguyên rất hay.", ["mention"]),
        ("Quỹ đã nhận ủng hộ của các tỉnh: Quảng Ninh 5 tỷ đồng, Hà Nam: gần 2 tỷ đồng.", ["origin", "origin"]),
        ("Ban Cứu trợ phân bổ: Quảng Bình 2 tỷ đồng, Hà Tĩnh 1 tỷ đồng.", ["mention", "mention"]),
        ("Tỉnh bị nặng. Riêng huyện Hạ Lang có 12 nhà sập.", ["setting"]),
    ],
)
def test_what_a_place_is_in_the_text(text: str, roles: list[str]) -> None:
    assert [place.role for place in extract(text).locations] == roles


@pytest.mark.parametrize("text", ["Anh kể rằng nhà bị tốc mái.", "Ý định của ông là trao quà.", "Họp xong. Đức bảo: đúng."])
def test_words_of_every_day_are_no_countries(text: str) -> None:
    assert names(text) == []
