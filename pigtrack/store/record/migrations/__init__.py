"""How the record's tables came to be, one numbered step after another; Alembic walks them."""
