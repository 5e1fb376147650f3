"""portfolio.yaml: what it says, and every mistake at once, each with its file and line."""

from pathlib import Path

import pytest

from bcm_mqtt.config.portfolio import Portfolio, load_portfolio
from bcm_mqtt.errors import InputError
from unit.portfolio_files import change, write_portfolio

DC1 = "dc1: {config: dc1/bcm.yaml, seller: harbor}"
DC2 = "dc2: {config: dc2/bcm.yaml, seller: harbor}"
DC3 = "\n  dc3: {config: dc3/bcm.yaml, seller: harbor-eu}"


def loaded(file: Path, **environment: str) -> Portfolio:
    return load_portfolio(file, environment=environment)


def complaints(file: Path) -> list[str]:
    """Every problem as it is printed, without the folder."""
    with pytest.raises(InputError) as raised:
        loaded(file)
    return [line.replace(f"{file.parent}/", "") for line in raised.value.lines()]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_portfolio(tmp_path / "portfolio")


def test_the_example_says_who_sells_where_to_whom(file: Path) -> None:
    portfolio = loaded(file)
    assert list(portfolio.sites) == ["dc1", "dc2", "dc3"]
    assert {key: site.seller for key, site in portfolio.sites.items()} == {
        "dc1": "harbor",
        "dc2": "harbor",
        "dc3": "harbor-eu",
    }
    assert [site.country for site in portfolio.sites.values()] == ["US", "US", "DE"]
    assert portfolio.accounts["acme"].customers == {"dc1": "Customer1", "dc2": "ACME"}
    harbor = portfolio.sites["dc1"].settings.seller
    assert harbor
    assert (harbor.id, harbor.series, harbor.tax_id) == ("harbor", "harbor", "12-3456789")
    issuer = portfolio.sites["dc3"].settings.issuer
    assert (issuer.seller, issuer.name) == ("Harbor Data Centers GmbH", "Frankfurt")
    assert issuer.address == ("Hafenstraße 3", "60327 Frankfurt am Main")
    assert issuer.tax_id == "DE123456789"
    assert portfolio.warnings == ()


def test_what_it_names_is_relative_to_it(file: Path) -> None:
    portfolio = loaded(file)
    assert portfolio.home_url == f"sqlite:///{file.parent}/data/home.db"
    assert {one.settings.home_url for one in portfolio.sites.values()} == {portfolio.home_url}
    dc2 = portfolio.sites["dc2"].settings
    assert (dc2.site.zone.key, dc2.file) == ("America/Chicago", file.parent / "dc2/bcm.yaml")
    assert dc2.database_url == f"sqlite:///{file.parent}/dc2/data/bcm.db"


def test_a_database_on_another_machine_is_named_for_the_office(file: Path) -> None:
    change(
        file,
        f"\n  {DC2}",
        "\n  dc2: {config: dc2/bcm.yaml, seller: harbor, database: !env DC2_DATABASE}",
    )
    url = "postgresql+psycopg://office:secret@dc2/bcm"
    portfolio = loaded(file, DC2_DATABASE=url)
    assert portfolio.sites["dc2"].settings.database_url == url


def test_without_a_home_or_sellers_each_site_is_its_own(tmp_path: Path) -> None:
    file = tmp_path / "portfolio.yaml"
    example = write_portfolio(tmp_path / "example").parent
    file.write_text(f"sites: {{dc1: {{config: {example}/dc1/bcm.yaml}}}}\n")
    portfolio = loaded(file)
    assert (portfolio.home_url, portfolio.accounts) == ("", {})
    assert (portfolio.sites["dc1"].seller, portfolio.sites["dc1"].country) == ("", "")


def test_one_seller_need_not_be_named_and_a_site_may_be_taxed_elsewhere(tmp_path: Path) -> None:
    file = tmp_path / "portfolio.yaml"
    example = write_portfolio(tmp_path / "example").parent
    file.write_text(
        (
            "sellers: {harbor: {name: Harbor, country: US}}\n"
            f"sites:\n  dc1: {{config: {example}/dc1/bcm.yaml}}\n"
            f"  dc3: {{config: {example}/dc3/bcm.yaml, country: DE}}\n"
        ),
    )
    sites = loaded(file).sites.values()
    assert [(site.seller, site.country) for site in sites] == [("harbor", "US"), ("harbor", "DE")]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "{dc1: Customer1, dc2: ACME}",
            "{dc1: Customer1, dc9: ACME}",
            (
                "portfolio.yaml:22: accounts.acme.dc9: unknown site 'dc9': "
                "expected one of dc1, dc2, dc3"
            ),
        ),
        (
            "{dc1: Customer2, dc3: Globex}",
            "{dc1: Customer1, dc3: Globex}",
            (
                "portfolio.yaml:23: accounts.globex.dc1: customer Customer1 of dc1 is in account "
                "acme: expected each customer of a site in one account"
            ),
        ),
        (
            f"\n  {DC2}",
            "\n  dc2: {config: dc1/bcm.yaml, seller: harbor}",
            (
                "portfolio.yaml:17: sites.dc2.config: has the site id dc1, as dc1 has: expected an "
                "id of its own in dc1/bcm.yaml, since database, topics and bills carry it"
            ),
        ),
        (
            f"\n  {DC1}",
            "\n  newark: {config: dc1/bcm.yaml, seller: harbor}",
            "portfolio.yaml:16: sites.newark: expected dc1, the site id in dc1/bcm.yaml",
        ),
        (
            f"\n  {DC1}",
            "\n  dc1: {config: dc1/missing.yaml, seller: harbor}",
            "portfolio.yaml:16: sites.dc1.config: no such file dc1/missing.yaml",
        ),
        (
            f"\n  {DC1}",
            "\n  dc1: {config: dc1/bcm.yaml}",
            "portfolio.yaml:16: sites.dc1.seller: is required: expected one of harbor, harbor-eu",
        ),
        (
            f"\n  {DC1}",
            "\n  dc1: {config: dc1/bcm.yaml, seller: harbour}",
            (
                "portfolio.yaml:16: sites.dc1.seller: unknown seller 'harbour': "
                "expected one of harbor, harbor-eu"
            ),
        ),
        (
            f"\n  {DC1}",
            "\n  dc1: {config: dc1/bcm.yaml, seler: harbor, seller: harbor}",
            "portfolio.yaml:16: sites.dc1.seler: unknown key: did you mean seller?",
        ),
        ("\nhome:", "\nhom:", "portfolio.yaml:2: hom: unknown key: did you mean home?"),
        (
            "    name: Harbor Data Centers, Inc.\n",
            "",
            "portfolio.yaml:5: sellers.harbor.name: is required",
        ),
        (
            "country: DE",
            "country: Germany",
            (
                "portfolio.yaml:14: sellers.harbor-eu.country: expected a country code of two "
                "letters such as US, in quotes where it is NO, not 'Germany'"
            ),
        ),
        (
            DC3,
            (
                "\n  dc3: {config: dc3/bcm.yaml, seller: harbor-eu}\n"
                "  dc3: {config: dc2/bcm.yaml, seller: harbor}"
            ),
            'portfolio.yaml:21: not YAML: found duplicate key "dc3"',
        ),
        (
            DC3,
            '\n  dc3: {config: dc3/bcm.yaml, seller: harbor-eu, database: "mysql://x:geheim@y/z"}',
            (
                "portfolio.yaml:20: sites.dc3.database: expected sqlite:///data/bcm.db or "
                "postgresql+psycopg://user@host/database, not mysql://"
            ),
        ),
    ],
)
def test_a_mistake_is_named_with_its_line(file: Path, old: str, new: str, expected: str) -> None:
    change(file, old, new)
    assert expected in complaints(file)


def test_two_sites_on_one_broker_need_different_base_topics(file: Path) -> None:
    change(file.parent / "dc2/bcm.yaml", "base_topic: dc2", "base_topic: dc1")
    change(file.parent / "dc2/bcm.yaml", "broker.us.example.com", "Broker.US.example.com")
    (problem,) = complaints(file)
    assert problem == (
        "portfolio.yaml:17: sites.dc2: has the broker Broker.US.example.com:1883 and the base "
        "topic dc1, as dc1 has: expected another mqtt.base_topic in dc2/bcm.yaml, or mqtt.host "
        "by the name of another machine"
    )


def test_two_sites_need_them_also_where_they_share_one_of_several_brokers(file: Path) -> None:
    change(file.parent / "dc2/bcm.yaml", "base_topic: dc2", "base_topic: dc1")
    change(
        file.parent / "dc2/bcm.yaml",
        "host: broker.us.example.com",
        "hosts: [b.example.com, broker.us.example.com]",
    )
    (problem,) = complaints(file)
    assert "sites.dc2: has the broker broker.us.example.com:1883 and the base topic dc1" in problem


def test_the_same_base_topic_on_two_brokers_is_right(file: Path) -> None:
    change(file.parent / "dc3/bcm.yaml", "base_topic: dc3", "base_topic: dc1")
    assert loaded(file).sites["dc3"].settings.mqtt.topics.base == "dc1"


def test_a_broker_on_this_machine_is_one_by_its_name_and_by_its_address(file: Path) -> None:
    for site, host in (("dc1", "localhost"), ("dc2", "127.0.0.1")):
        change(file.parent / site / "bcm.yaml", "broker.us.example.com", host)
    change(file.parent / "dc2/bcm.yaml", "base_topic: dc2", "base_topic: dc1")
    (problem,) = complaints(file)
    assert "has the broker 127.0.0.1:1883 and the base topic dc1, as dc1 has" in problem


@pytest.mark.parametrize(
    ("account", "expected"),
    [
        ("{}", "accounts.acme: expected the account's customer at a site, such as dc1: Customer1"),
        ("{bill: one}", "accounts.acme.sites: is required"),
        (
            "{bil: one, sites: {dc1: Customer1, dc2: ACME}}",
            "accounts.acme.bil: unknown key: did you mean bill?",
        ),
        ("{sites: {}}", "accounts.acme.sites: expected the account's customer at a site"),
        ("{DC 1: Customer1}", "accounts.acme.DC 1: unknown site 'DC 1': expected one of dc1"),
    ],
)
def test_a_mistake_in_an_account_says_what_is_expected(
    file: Path, account: str, expected: str
) -> None:
    change(file, "{dc1: Customer1, dc2: ACME}", account)
    (problem,) = complaints(file)
    assert problem.startswith(f"portfolio.yaml:22: {expected}")


def test_two_sites_need_two_databases(file: Path) -> None:
    change(file.parent / "dc2/bcm.yaml", "///data/bcm.db", f"///{file.parent}/dc1/data/bcm.db")
    assert complaints(file) == [
        "portfolio.yaml:17: sites.dc2: has the database of dc1: expected one of its own"
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("sqlite:///a/bcm.db", "sqlite:///b/../a/bcm.db"),
        ("sqlite:///a/bcm.db", "sqlite:///link/bcm.db"),
        ("postgresql+psycopg://a:x@Db.example.com/bcm", "postgresql://b@db.example.com.:5432/bcm"),
        ("postgresql://a@b/bcm", "postgresql://a@/bcm?host=c&host=b:5432"),
        ("postgresql://a@/bcm?host=c,b&port=5432,5433", "postgresql://a@b:5433/bcm"),
        ("postgresql://bcm@b", "postgresql://x@b/bcm"),
        ("postgresql://a@[fe80::1]:5433/bcm", "postgresql://a@[FE80::1]:5433/bcm"),
    ],
)
def test_one_database_is_one_however_it_is_written(file: Path, one: str, other: str) -> None:
    (file.parent / "a").mkdir()
    (file.parent / "link").symlink_to("a")
    for site, url in (("dc1", one), ("dc2", other)):
        place = f"{site}: {{config: {site}/bcm.yaml, seller: harbor"
        change(file, f"\n  {place}}}", f'\n  {place}, database: "{url}"}}')
    assert complaints(file) == [
        "portfolio.yaml:17: sites.dc2: has the database of dc1: expected one of its own"
    ]


@pytest.mark.parametrize(
    "other",
    [
        "postgresql://a@b/other",
        "postgresql://a@b:5433/bcm",
        "postgresql://a@b/bcm?options=-csearch_path%3Ddc2",
        "postgresql://a@/bcm?host=/run/postgresql",
    ],
)
def test_another_database_of_a_server_is_another(file: Path, other: str) -> None:
    for site, url in (("dc1", "postgresql://a@b/bcm"), ("dc2", other)):
        place = f"{site}: {{config: {site}/bcm.yaml, seller: harbor"
        change(file, f"\n  {place}}}", f'\n  {place}, database: "{url}"}}')
    assert loaded(file).sites["dc2"].settings.database_url == other


def test_the_mistakes_of_all_files_come_at_once_one_line_each(file: Path) -> None:
    change(file, "{dc1: Customer1, dc2: ACME}", "{dc1: Customer1, dc9: ACME}")
    change(file, "    name: Harbor Data Centers GmbH\n", "")
    change(file.parent / "dc1/bcm.yaml", "gateways:", "gatways:")
    change(file.parent / "dc2/tariffs.yaml", "0.1042", "much")
    lines = complaints(file)
    assert len(lines) == len(set(lines))
    assert [line.split(":")[0] for line in lines] == sorted(line.split(":")[0] for line in lines)
    assert {line.split(":")[0] for line in lines} == {
        "portfolio.yaml",
        "dc1/bcm.yaml",
        "dc2/tariffs.yaml",
    }
    assert not any("\n" in line for line in lines)


def test_a_secret_of_a_database_is_not_printed(file: Path) -> None:
    change(file, "sqlite:///data/home.db", "mysql://office:geheim@db/home")
    assert "geheim" not in " ".join(complaints(file))


@pytest.mark.parametrize("text", ["", "sites: {}\n", "sites: []\n", "- dc1\n", "sites:\n"])
def test_a_portfolio_without_a_site_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "portfolio.yaml"
    file.write_text(text)
    assert len(complaints(file)) == 1


def test_a_portfolio_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert complaints(tmp_path / "portfolio.yaml") == [
        "portfolio.yaml: there is no such file: expected a portfolio.yaml that names sites"
    ]


def test_a_customer_that_no_circuit_names_is_warned_of(file: Path) -> None:
    change(file, "dc2: ACME}", "dc2: Acme}")
    assert loaded(file).warnings == (
        (
            "account acme: no circuit of dc2 names the customer Acme, nor does customers.yaml: "
            "check its id; there are ACME, Initech"
        ),
    )


def test_a_site_that_would_issue_into_other_books_than_the_office_is_warned_of(file: Path) -> None:
    site = file.parent / "dc2/bcm.yaml"
    change(site, ', home_url: "sqlite:///../data/home.db"', "")
    change(site, "  harbor: {", "  quay: {")
    assert loaded(file).warnings == (
        (
            f"dc2: {site} names no home database: bills that are issued at the site would be in a "
            "ledger of its own: add database.home_url"
        ),
        (
            f"dc2: {site} issues bills in the number series 'quay', and the office in 'harbor': "
            "name the seller harbor there, too"
        ),
    )


def test_the_page_of_all_sites_is_served_where_web_says(file: Path) -> None:
    plain = loaded(file)
    assert (plain.web.host, plain.web.port) == ("127.0.0.1", 8480)
    assert (plain.name, plain.zone.key, plain.sites["dc1"].page) == ("Sites", "UTC", "")
    change(
        file, f"\n  {DC1}", "\n  dc1: {config: dc1/bcm.yaml, seller: harbor, page: https://a.b/x}"
    )
    with file.open("a") as more:
        more.write("name: Harbor\nweb: {port: 8500}\n")
    portfolio = loaded(file)
    assert (portfolio.web.port, portfolio.name) == (8500, "Harbor")
    assert portfolio.sites["dc1"].page == "https://a.b/x/"


def test_the_only_seller_and_the_only_zone_are_those_of_all_sites(tmp_path: Path) -> None:
    file = tmp_path / "portfolio.yaml"
    example = write_portfolio(tmp_path / "example").parent
    file.write_text(
        "sellers: {harbor: {name: Harbor}}\n"
        f"sites: {{dc1: {{config: {example}/dc1/bcm.yaml}}}}\n"
    )
    portfolio = loaded(file)
    assert (portfolio.name, portfolio.zone.key) == ("Harbor", "America/New_York")


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("web: {host: 0.0.0.0, hosts: [a.b]}", "web.host: 0.0.0.0 is reached from other machines"),
        ("web: {enabled: false}", "web.enabled: unknown key"),
        ("web: {port: 0}", "web.port: expected a whole number from 1 to 65535"),
    ],
)
def test_a_page_that_cannot_be_served_is_named(file: Path, more: str, expected: str) -> None:
    with file.open("a") as end:
        end.write(f"{more}\n")
    assert any(expected in line for line in complaints(file))


@pytest.mark.parametrize(
    "page", ["javascript:alert(1)", "dc1.example.com", '"https://a b/"', "ftp://a"]
)
def test_the_address_of_a_page_is_one_of_the_web(file: Path, page: str) -> None:
    change(file, f"\n  {DC1}", f"\n  dc1: {{config: dc1/bcm.yaml, seller: harbor, page: {page}}}")
    (line,) = complaints(file)
    assert "sites.dc1.page: expected the address of the site's page" in line


ACME = "acme: {dc1: Customer1, dc2: ACME}"


def test_an_account_may_ask_for_one_bill(file: Path) -> None:
    change(file, ACME, "acme: {bill: one, sites: {dc1: Customer1, dc2: ACME}}")
    portfolio = loaded(file)
    acme, globex = portfolio.accounts["acme"], portfolio.accounts["globex"]
    assert (acme.customers, acme.one_bill) == ({"dc1": "Customer1", "dc2": "ACME"}, True)
    assert not globex.one_bill
    joint = {site: one.settings.terms.joint for site, one in portfolio.sites.items()}
    assert joint == {"dc1": {"Customer1": "acme"}, "dc2": {"ACME": "acme"}, "dc3": {}}


@pytest.mark.parametrize("form", ["{sites: {dc1: Customer1, dc2: ACME}}", "{dc1: Customer1}"])
def test_else_each_site_bills_its_own(file: Path, form: str) -> None:
    change(file, ACME, f"acme: {form}")
    assert not loaded(file).accounts["acme"].one_bill


@pytest.mark.parametrize(
    ("account", "message"),
    [
        (
            "acme: {bill: one, sites: {dc1: Customer1, dc3: Umbrella}}",
            (
                "acme.bill: expected each, as one bill is of one seller, and dc1 has harbor, "
                "dc3 has harbor-eu; one tax country, and dc1 has US, dc3 has DE; one currency, and "
                "dc1 has USD, dc3 has EUR"
            ),
        ),
        (
            "acme: {bill: two, sites: {dc1: Customer1, dc2: ACME}}",
            "acme.bill: expected one, or each: a bill from each site, not 'two'",
        ),
        (
            "acme: {bill: one, sites: {dc1: Customer1}}",
            "acme.bill: one bill is over several sites: expected at least two",
        ),
        (
            "Acme Ltd: {bill: one, sites: {dc1: Customer1, dc2: ACME}}",
            (
                "Acme Ltd: names bills and files by the id of the account: expected an id of a-z, "
                "0-9, _ and -"
            ),
        ),
        (
            "acme: {bill: one, sites: {dc1: Customer1, dc9: ACME}}",
            "acme.sites.dc9: unknown site 'dc9': expected one of dc1, dc2, dc3",
        ),
    ],
)
def test_what_cannot_be_one_bill_is_refused_in_a_line(
    file: Path, account: str, message: str
) -> None:
    change(file, ACME, account)
    assert complaints(file) == [f"portfolio.yaml:22: accounts.{message}"]


def test_a_site_that_is_taxed_elsewhere_is_refused(file: Path) -> None:
    change(file, ACME, "acme: {bill: one, sites: {dc1: Customer1, dc2: ACME}}")
    change(file, DC2, DC2.replace("}", ", country: CA}"))
    (complaint,) = complaints(file)
    assert complaint.endswith("as one bill is of one tax country, and dc1 has US, dc2 has CA")


def test_one_bill_needs_a_home_database(file: Path) -> None:
    change(file, ACME, "acme: {bill: one, sites: {dc1: Customer1, dc2: ACME}}")
    text = file.read_text(encoding="utf-8")
    home = next(line for line in text.splitlines() if line.startswith("  database: sqlite"))
    file.write_text(text.replace(f"home:\n{home}\n", ""), encoding="utf-8")
    (complaint,) = complaints(file)
    assert complaint.endswith(
        "accounts.acme.bill: one bill over several sites is in the home database: expected "
        "home.database"
    )


def test_one_bill_is_in_a_database_of_no_site(file: Path) -> None:
    change(file, ACME, "acme: {bill: one, sites: {dc1: Customer1, dc2: ACME}}")
    change(file, "database: sqlite:///data/home.db", "database: sqlite:///dc2/data/bcm.db")
    (complaint,) = complaints(file)
    assert complaint.endswith(
        "accounts.acme.bill: the home database is that of dc2: expected one of its own for one bill"
    )
