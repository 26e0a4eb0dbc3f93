"""Names of bodies: where they end, what they are called, and how many of the annotated ones are found."""

from __future__ import annotations

import pytest

from extractor.corpus.form import read_folder
from extractor.extraction import extract

# Of the bodies that people marked in the articles, so many are found with the same words; they mark the main ones only.
_RECALL = 0.85


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Bí thư Thành ủy Hà Nội Nguyễn Phú Minh dự lễ.", ["Thành ủy Hà Nội"]),
        ("Phó Chủ tịch MTTQ TP Lê Hiếu Nam ôn lại truyền thống.", ["Ủy ban Mặt trận Tổ quốc Việt Nam TP"]),
        ("1. Ông A, Bí thư Tỉnh ủy Hà Tĩnh33. Ông Chu Văn Nam, Bí thư Huyện ủy.", ["Tỉnh ủy Hà Tĩnh", "Huyện ủy"]),
        ("UBND - Ủy ban MTTQ quận 8 tổ chức lễ.", ["Ủy ban nhân dân", "Ủy ban Mặt trận Tổ quốc Việt Nam quận 8"]),
        ("Sở Văn hóa, Thể thao và Du lịch ủng hộ 5 triệu đồng.", ["Sở Văn hóa, Thể thao và Du lịch"]),
        ("Sở Lao động - Thương binh và Xã hội và Công an tỉnh dự.", ["Sở Lao động - Thương binh và Xã hội", "Công an tỉnh"]),
        ("Ngân hàng Công thương chi nhánh Thái Nguyên tặng 2 căn nhà.", ["Ngân hàng Công thương chi nhánh Thái Nguyên"]),
        ("Ngân hàng Phương Đông Á - chi nhánh huyện Hạ Lang tặng 2 căn nhà.", ["Ngân hàng Phương Đông Á - chi nhánh huyện Hạ Lang"]),
        ("Bí thư Thành ủy - Chủ tịch UBND thành phố dự.", ["Thành ủy", "Ủy ban nhân dân thành phố"]),
        ("Quân khu 4 tiếp nhận 2 tấn gạo.", ["Quân khu 4"]),
        ("Công an Hà Tĩnh 1 tỷ đồng.", ["Công an Hà Tĩnh"]),
        ("Trường THPT Lê Lợi nhận 20 suất học bổng.", ["Trường THPT Lê Lợi"]),
        ("Hội LHPN xã Tu Tra góp 2 tấn rau.", ["Hội Liên hiệp Phụ nữ xã Tu Tra"]),
        ("Theo Kế hoạch số 96/KH-MTTQ-BTT, huyện tổ chức hội nghị.", []),
        ("Đại biểu tại hai thành phố Tam Kỳ, Hội An đã dự.", []),
        ("Ông A là Huyện ủy viên.", []),
        ("Cơ sở sản xuất của bà con báo tin vui.", []),
        ("Ủy ban Trung ương Mặt trận Tổ quốc (MTTQ) VN kêu gọi.", ["Ủy ban Trung ương Mặt trận Tổ quốc Việt Nam"]),
        ("Ủy ban Mặt trận Tổ quốc (MTTQ) VN tỉnh Kon Tum tặng 2 căn nhà.", ["Ủy ban Mặt trận Tổ quốc Việt Nam tỉnh Kon Tum"]),
        ("Hội Bảo trợ người khuyết tật và trẻ em mồ côi tỉnh Hà Nam góp 2 tấn gạo.", ["Hội Bảo trợ người khuyết tật và trẻ em mồ côi tỉnh Hà Nam"]),
        ("Văn phòng Tỉnh ủy và Ban Tổ chức Thành ủy ủng hộ.", ["Văn phòng Tỉnh ủy", "Ban Tổ chức Thành ủy"]),
        ("Bà con đóng bảo hiểm xã hội, hỏi cán bộ công an.", []),
    ],
)
def test_names(text: str, names: list[str]) -> None:
    assert [one.name for one in extract(text).organisations] == names


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("UBND TP HCM họp.", "province"),
        ("Thành ủy Vinh họp.", "district"),
        ("Hợp tác xã Bưởi đỏ Mường Bi góp gạo.", None),
        ("Ngân hàng Chính sách xã hội cho vay vốn.", None),
        ("Hội Nông dân Việt Nam phát động.", "country"),
        ("Bộ Công an hỗ trợ.", "country"),
    ],
)
def test_level(text: str, level: str | None) -> None:
    assert [one.level for one in extract(text).organisations] == [level]


def test_most_annotated_bodies_are_found(request: pytest.FixtureRequest) -> None:
    wanted = found = 0
    for document in read_folder(request.config.rootpath / "corpus" / "articles").values():
        told = {(one.start, one.end) for one in extract(document["text"], published=document["published_at"]).organisations}
        marked = {(fact["start"], fact["end"]) for fact in document["facts"].get("organisations", ())}
        wanted, found = wanted + len(marked), found + len(marked & told)
    assert wanted > 900
    assert found / wanted >= _RECALL
