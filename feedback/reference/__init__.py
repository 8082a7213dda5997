"""The taxonomy: five categories with three items each, and OUT. Codes are stable, names are the bureau's to edit."""

from feedback.models import Category, Subcategory
from opinion_portal.reference import Counts, add_missing, codes, table


def reference_load() -> Counts:
    """Add the missing categories and items of ``taxonomy.csv``; say how many."""
    rows = table(__file__, "taxonomy.csv")
    firsts = {row["category"]: row for row in reversed(rows)}
    ordered = [firsts[code] for code in dict.fromkeys(row["category"] for row in rows)]
    categories = add_missing(
        Category.objects, "code", (_category(row, place) for place, row in enumerate(ordered, start=1))
    )
    items = add_missing(Subcategory.objects, "code", (_item(row, place) for place, row in enumerate(rows, start=1)))
    return {"category": len(categories), "item": len(items)}


def _category(row: dict[str, str], place: int) -> Category:
    return Category(code=row["category"], name=row["category_name"], name_en=row["category_name_en"], position=place)


def _item(row: dict[str, str], place: int) -> Subcategory:
    return Subcategory(
        code=row["item"],
        category_id=row["category"],
        name=row["name"],
        name_en=row["name_en"],
        description=row["description"],
        description_en=row["description_en"],
        keywords=codes(row["keywords"]),
        position=place,
    )
