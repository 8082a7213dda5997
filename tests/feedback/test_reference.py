"""The taxonomy as the portal starts with it."""

import pytest

from feedback.models import Category, Subcategory

pytestmark = pytest.mark.django_db

ITEMS = ["T1", "T2", "T3", "P1", "P2", "P3", "S1", "S2", "S3", "C1", "C2", "C3", "H1", "H2", "H3", "OUT"]


def test_five_categories_have_three_items_each_and_out_stands_beside_them() -> None:
    assert list(Subcategory.objects.values_list("code", flat=True)) == ITEMS
    assert list(Category.objects.values_list("name", flat=True)) == [
        "交通管理", "治安管理", "公安服务", "违法犯罪", "群众求助", "非警务",
    ]  # fmt: skip
    for category in Category.objects.exclude(code="OUT"):
        assert [item.code for item in category.items.all()] == [f"{category.code}{n}" for n in (1, 2, 3)]


def test_every_item_is_described_in_both_languages_and_has_keywords() -> None:
    for item in Subcategory.objects.all():
        assert all([item.name, item.name_en, item.description, item.description_en]), item.code
        assert item.code == "OUT" or len(item.keywords) >= 5, item.code
