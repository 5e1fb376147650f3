"""Page, billing and a bill run as processes of their own, in a failover beside the recorder."""

from pathlib import Path

from integration.store.test_failover import either, pair  # noqa: F401 - a fixture
from peers.beside import CUSTOMERS, MONTHS_TO_DATE, answers, has_month, issued_once, writing_bills
from peers.flow import Flow, begin
from peers.killing import connected, has_published
from peers.mosquitto import Mosquitto
from peers.postgresql import PostgreSql
from peers.process import wait_until
from peers.site import Site


def test_the_page_goes_on_and_a_bill_run_that_was_cut_off_is_repeated(
    tmp_path: Path,
    mosquitto: Mosquitto,
    pair: tuple[PostgreSql, PostgreSql],  # noqa: F811
) -> None:
    primary, standby = pair
    count, start = 1_000, begin()

    def has_months() -> bool:
        return bool(mosquitto.retained(MONTHS_TO_DATE))

    with Site(tmp_path / "site", mosquitto.port, 1, database=either(pair)) as site:
        page = site.serve_page()
        has_month(site)
        services = [site.start(name) for name in ("recorder", "web", "billing")]
        recorder, web, billing = services
        wait_until(lambda: connected(site), 60, recorder.said)
        wait_until(lambda: answers(page) == 200, 60, web.said)
        wait_until(has_months, 60, billing.said)
        with Flow(mosquitto.port, count, 200, start) as flow:
            wait_until(lambda: has_published(flow, count / 4), 60)
            with writing_bills(site) as bill:
                primary.kill()
                assert bill.wait(60) == 1
                [line] = bill.said().splitlines()
                assert line.startswith("bcm-mqtt: database: ")
            assert answers(page, "") == 200
            assert answers(page) == 503
            standby.promote()
            wait_until(lambda: answers(page) == 200, 60, web.said)
        mosquitto.publish(MONTHS_TO_DATE, "", retain=True)
        wait_until(has_months, 60, billing.said)
        assert site.count("bill") == 0
        assert issued_once(site) == CUSTOMERS
        wait_until(lambda: site.count("snapshot") >= count, 120, recorder.said)
        for service in services:
            assert service.running
            assert service.stop(60) == 0
            assert "Traceback" not in service.said()
