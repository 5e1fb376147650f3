"""Sites and sellers in the ledger: numbers count by seller, customers' ids by site.

Rows that are there get "" as both: the site whose database it is, and the only number series that
it has. Documents and hashes of issued bills stay as they are.
"""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

_ADDED = {
    "bill": ("seller", "site"),
    "bill_line": ("seller",),
    "bill_determinant": ("seller",),
    "bill_mail": ("seller",),
    "bill_file": ("site", "seller"),
    "bill_time_stamp": ("seller",),
    "bill_release": ("site",),
}
_KEYS = {
    "bill": ("number",),
    "bill_line": ("bill", "position"),
    "bill_determinant": ("bill", "position"),
    "bill_mail": ("id",),
    "bill_file": ("sha256",),
    "bill_time_stamp": ("bill", "stamped"),
    "bill_release": ("month", "customer", "made"),
}
_OF_CUSTOMER = ("month", "customer", "revision")
_STATUS = """
    CREATE VIEW bill_status AS
    SELECT b.number, b.month, b.customer, b.revision, b.issued, b.supersedes, b.kwh, b.amount,
           b.currency, CASE WHEN later.number IS NULL THEN 'issued' ELSE 'superseded' END AS status
           {added}
    FROM bill AS b LEFT JOIN bill AS later ON later.supersedes = b.number {joined}
"""


def upgrade() -> None:
    op.execute("DROP VIEW bill_status")
    _change(to_new=True)
    op.add_column("audit_entry", _text("site"))
    joined = "AND later.seller = b.seller"
    op.execute(_STATUS.format(added=", b.seller, b.site", joined=joined))


def downgrade() -> None:
    """Numbers of several sellers, and customers of several sites, do not fit in one series."""
    for table, columns in (*_ADDED.items(), ("audit_entry", ("site",))):
        others = " OR ".join(f"{column} <> ''" for column in columns)
        query = f"SELECT count(*) FROM {table} WHERE {others}"
        if op.get_bind().execute(sa.text(query)).scalar_one():
            message = "the ledger is of several sites or sellers, which the earlier schema lacks"
            raise RuntimeError(message)
    op.execute("DROP VIEW bill_status")
    _change(to_new=False)
    op.drop_column("audit_entry", "site")
    op.execute(_STATUS.format(added="", joined=""))


def _change(*, to_new: bool) -> None:
    if op.get_bind().dialect.name == "postgresql":
        _alter(to_new=to_new)
    else:
        _rebuild(to_new=to_new)


def _key(table: str, *, new: bool) -> tuple[str, ...]:
    """Its primary key; rows are numbered over all sellers where they have a number of their own."""
    added = () if table == "bill_mail" else _ADDED[table]
    return (*(one for one in added if new and (table, one) != ("bill", "site")), *_KEYS[table])


def _constraints(table: str, *, new: bool) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Its unique columns, and those that refer to a bill."""
    seller = ("seller",) if new else ()
    if table == "bill":
        yield "key", (*seller, "supersedes")
        yield "key", (("site",) if new else ()) + _OF_CUSTOMER
        yield "fkey", (*seller, "supersedes")
    elif table != "bill_release":
        yield "fkey", (*seller, "bill")


def _bill_key(*, new: bool) -> list[str]:
    return list(_key("bill", new=new))


def _alter(*, to_new: bool) -> None:
    """PostgreSQL changes keys in place; constraints have the names that it gives them itself."""
    for table in reversed(_KEYS):
        for kind, columns in reversed([*_constraints(table, new=not to_new)]):
            op.drop_constraint("_".join((table, *columns, kind)), table)
    for table in _KEYS:
        op.drop_constraint(f"{table}_pkey", table)
        for column in _ADDED[table]:
            if to_new:
                op.add_column(table, _text(column))
            else:
                op.drop_column(table, column)
        op.create_primary_key(f"{table}_pkey", table, list(_key(table, new=to_new)))
    for table in _KEYS:
        for kind, columns in _constraints(table, new=to_new):
            name = "_".join((table, *columns, kind))
            if kind == "key":
                op.create_unique_constraint(name, table, list(columns))
            else:
                op.create_foreign_key(name, table, "bill", list(columns), _bill_key(new=to_new))


def _rebuild(*, to_new: bool) -> None:
    """SQLite changes no key: it makes the tables again."""
    columns = {table: list(_columns(table)) for table in _KEYS}
    for table in _KEYS:
        op.rename_table(table, f"{table}_before")
    for table, old in columns.items():
        made: list[sa.Column[object] | sa.Constraint] = [*old]
        if to_new:
            made += [_text(name) for name in _ADDED[table]]
        made.append(sa.PrimaryKeyConstraint(*_key(table, new=to_new)))
        for kind, names in _constraints(table, new=to_new):
            bill = [f"bill.{name}" for name in _bill_key(new=to_new)]
            made.append(
                sa.UniqueConstraint(*names)
                if kind == "key"
                else sa.ForeignKeyConstraint(names, bill)
            )
        op.create_table(table, *made)
        copied = ", ".join(f'"{column.name}"' for column in old)
        op.execute(f"INSERT INTO {table} ({copied}) SELECT {copied} FROM {table}_before")
    for table in reversed(_KEYS):
        op.drop_table(f"{table}_before")


def _columns(table: str) -> Iterator[sa.Column[object]]:
    """Those that earlier schemas have, too."""
    for column in sa.inspect(op.get_bind()).get_columns(table):
        if column["name"] not in _ADDED[table]:
            yield sa.Column(column["name"], column["type"], nullable=column["nullable"])


def _text(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Text, nullable=False, server_default="")
