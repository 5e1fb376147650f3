"""Every text of a template is marked, so that it is in the catalogues."""

from pathlib import Path

import pytest

from unit.languages.unmarked import unmarked, unmarked_in_javascript

PACKAGE = Path(__file__).parents[3] / "bcm_mqtt"
TEMPLATES = {
    str(file.relative_to(PACKAGE)): file.read_text("utf-8")
    for file in sorted(PACKAGE.rglob("templates/**/*.html"))
}


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ("<p>No alarm.</p>", ["No alarm."]),
        ('<p>{{ _("No alarm.") }}</p>', []),
        ("<p>{% trans n=view.n %}{{ n }} alarms{% endtrans %}</p>", []),
        ("<p>{{ view.name }}: {{ view.kwh }} kWh</p>", []),
        ("<p>{{ 'yes' if view.on else 'no' }}</p>", ["yes no"]),
        ('<p>{{ _("yes") if view.on else "no" }}</p>', ["no"]),
        (
            '<a class="me" title="Your account" {% if view.on %}href="x"{% endif %}></a>',
            ["Your account"],
        ),
        ('<a title="{{ _("Your account") }}"></a>', []),
        ('<button aria-label="Close {{ view.name }}">+</button>', ["Close"]),
        ("<script>let text = 1;</script><code>bcm-mqtt run</code>", []),
        ("{# a remark #}<b class='{{ 'on' if view.on }}'></b>", []),
    ],
)
def test_a_text_that_is_not_marked_is_found(template: str, found: list[str]) -> None:
    assert unmarked(template) == found


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_texts_of_a_template_are_marked(name: str) -> None:
    found = unmarked(TEMPLATES[name])

    assert found == [], f"{name}: write each of these as {{{{ _(...) }}}}"


STATIC = PACKAGE / "web" / "static"
FOR_PROGRAMMERS = {"This page has no ."}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('let text = "No alarm is left.";', ["No alarm is left."]),
        ("let text = `Every ${thing} was read`;", ["Every  was read"]),
        ('let text = _("No alarm is left.");', []),
        ('ngettext("One alarm is left.", "Some alarms are left.", count(list))', []),
        ('_("Sent", { to: named("x") }) + "Not marked at all"', ["Not marked at all"]),
        ('page.querySelector("#customers tbody tr"); // A remark for us.', []),
    ],
)
def test_a_sentence_of_javascript_that_is_not_marked_is_found(
    source: str, found: list[str]
) -> None:
    assert unmarked_in_javascript(source) == found


def test_the_sentences_of_javascript_are_marked() -> None:
    found = {
        (str(file.relative_to(STATIC)), text)
        for file in sorted(STATIC.rglob("*.js"))
        for text in unmarked_in_javascript(file.read_text("utf-8"))
        if text not in FOR_PROGRAMMERS
    }

    assert found == set()
