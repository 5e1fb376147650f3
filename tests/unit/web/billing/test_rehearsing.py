"""The pages that compare tariffs and rehearse a month."""

import pytest

from unit.web.billing.conftest import Desk

ANSWER = "/billing/compare?first=2026-03&last=2026-03&customer=Customer1"
OTHER = "  other: {currency: USD, versions: [{valid_from: 2026-01-01, energy: 0.2}]}\n"


async def test_the_page_asks_before_it_calculates(desk: Desk) -> None:
    page = (await desk.get("/billing/compare")).text
    assert '<option value="Customer1">Customer1</option>' in page
    assert 'name="tariff" value="standard"' in page
    assert "Own tariff" not in page


async def test_a_customers_month_under_another_tariff(desk: Desk) -> None:
    tariffs = desk.folder / "tariffs.yaml"
    tariffs.write_text(tariffs.read_text() + OTHER)
    page = (await desk.get(f"{ANSWER}&tariff=other")).text
    assert "Customer1, March 2026" in page
    # 891.6 kWh x 0.1185 and x 0.2; the difference is 178.32 - 105.65
    assert '<td class="number">891.600</td>' in page
    assert '<td class="number">USD 105.65<small>standard</small></td>' in page
    assert '<td class="number">USD 178.32<small>USD +72.67</small></td>' in page
    assert '<option value="2026-03" selected>March 2026</option>' in page


async def test_a_tariff_without_a_rate_says_why(desk: Desk) -> None:
    tariffs = desk.folder / "tariffs.yaml"
    tariffs.write_text(tariffs.read_text() + OTHER.replace("2026-01-01", "2026-03-02"))
    page = (await desk.get(f"{ANSWER}&tariff=other")).text
    assert "no rate" in page
    assert "tariff other has no rate from 2026-03-01 00:00 on" in page


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("first=2026-13", "2026-13"),
        ("first=2026-03&last=2026-02", "2026-02 is before 2026-03"),
        ("first=2030-03", "2030-03 is not over"),
        ("first=2026-03&tariff=x", "there is no tariff &#39;x&#39;: expected one of standard"),
        ("first=2026-03&customer=%3Cb%3E", "customer &#39;&lt;b&gt;&#39; has no circuit"),
    ],
)
async def test_what_cannot_be_compared_is_a_line(desk: Desk, query: str, said: str) -> None:
    answer = await desk.get(f"/billing/compare?{query}")
    assert answer.status_code == 200
    assert said in answer.text


async def test_a_file_that_is_wrong_is_told_on_both_pages(desk: Desk) -> None:
    (desk.folder / "tariffs.yaml").write_text("tariffs: [")
    for path in ("compare", "rehearsal"):
        answer = await desk.get(f"/billing/{path}")
        assert answer.status_code == 200
        assert 'class="notice bad"' in answer.text
        assert "tariffs.yaml" in answer.text


async def test_a_month_is_rehearsed(desk: Desk) -> None:
    page = (await desk.get("/billing/rehearsal")).text
    assert "These are not bills." in page
    assert '<th scope="row">Customer1' in page
    page = (await desk.get("/billing/rehearsal?month=2026-03")).text
    assert "2026-03 is over" in page
