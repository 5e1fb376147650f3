"""Pages: what bills and months say and show, before any format writes it.

Owns: the rows, texts and sums of a bill and of a month, once for reports and for the web page;
all words for findings, statuses, times and numbers.
Does not own: a figure of a bill (`domain.bill`), how a format lays it out (`billing.reports`).
Invariants: a text is made here once; no template and no format words it again.

CSV, JSON, Green Button and the cells of workbooks are for programs and formulas: they need the
figures as numbers, at times that machines read, and no page has these but as text. They read
the bill itself, as the pages do; only their words come from here.
"""
