"""Wording: what the domain says, in the language that is spoken now.

The domain knows no languages: it makes English sentences with their figures, and issued bills
hold them as they were made. Here a sentence is recognised by its pattern, whose translation gets
the figures back as the language writes them.

Owns: the patterns of what validation finds, of why bills are held, of uncertainty and methods.
Does not own: the sentences: tests let the domain make each, and see that it is recognised.
Invariants: English stays as it is; a sentence that no pattern has is shown in English, whole.
"""
