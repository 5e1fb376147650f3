"""Wording: what is said about bills on the page, in the language that is spoken now.

Bills say in `billing.pages.stored_texts` what they store; here is what only the page shows: names
of findings, what a tariff charges, what was done with a month or changed in it, what a file is.

Owns: the patterns of those sentences.
Does not own: the sentences: tests let the domain make them, and see that they are recognised.
Invariants: English stays as it is; a sentence that no pattern has is shown in English, whole.
"""
