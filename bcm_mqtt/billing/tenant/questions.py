"""A question about a figure: recorded, and mailed to the operator with the explanation."""

from collections.abc import Sequence
from dataclasses import replace

from bcm_mqtt.billing.delivery.letter import Attachment
from bcm_mqtt.billing.tenant.post import Note, Post
from bcm_mqtt.domain.bill.running.question import Question, question_problem
from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.languages import _, speaking
from bcm_mqtt.languages import month as month_text
from bcm_mqtt.store import Tenants


class Desk:
    """Where questions arrive; every call may take seconds."""

    def __init__(self, tenants: Tenants, post: Post, site: str, language: str, link: str) -> None:
        """Takes where they are stored, what mails, and what a mail says.

        Args:
            tenants: Stores them.
            post: Mails them.
            site: Its name.
            language: Of the operator.
            link: To the page, or "".
        """
        self._tenants = tenants
        self._post = post
        self._site = site
        self._language = language
        self._link = link

    def ask(self, question: Question, reply_to: str, files: Sequence[Attachment] = ()) -> Question:
        """Records a question and mails it; one that no mail server takes is recorded all the same.

        Args:
            question: With the explanation of its figure.
            reply_to: Address of whoever asks, or "".
            files: To attach besides the explanation.

        Raises:
            InputError: it is no question.
            WorkError: it could not be recorded.
        """
        if problem := question_problem(question.text):
            raise InputError.of(problem, key="question: text")
        mail = self._post.mail
        question = replace(question, fate="sending" if mail else "none")
        number = self._tenants.questions.add(question)
        if mail is None:
            return question
        explanation = Attachment("explanation.txt", "text/plain", question.explanation.encode())
        try:
            self._post.send(
                self._note(number, question, mail.questions, reply_to, (explanation, *files))
            )
        except WorkError as error:
            self._tenants.questions.mailed(number, "failed", str(error))
            return replace(question, fate="failed", why=str(error))
        self._tenants.questions.mailed(number, "sent")
        return replace(question, fate="sent")

    def _note(
        self,
        number: int,
        question: Question,
        to: tuple[str, ...],
        reply_to: str,
        files: Sequence[Attachment],
    ) -> Note:
        with speaking(self._language):
            subject = _(
                "%(site)s: question %(number)s of %(customer)s",
                site=self._site,
                number=number,
                customer=question.customer,
            )
            head = _(
                "%(who)s of %(customer)s asks about a figure of %(month)s:",
                who=question.who,
                customer=question.customer,
                month=month_text(question.month.first_day),
            )
            answer = (
                _("Answer this mail: it goes to whoever asks.")
                if reply_to
                else _("The user has no address: answer in another way.")
            )
            attached = _("How the figure came about is attached as it was shown.")
        link = f"{self._link}questions" if self._link else ""
        parts = (head, question.figure, question.text.strip(), attached, answer, link)
        return Note(to, subject, "\n\n".join(filter(None, parts)) + "\n", reply_to, files)
