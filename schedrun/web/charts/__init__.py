"""Charts as SVG: pure functions of values to markup.

What belongs here: where each mark stands, its shape and its words. What must not: colours and sizes of text, which are
the stylesheet's; `style` attributes, which the page's policy forbids; anything that reads the ledger or a clock. What a
colour says, a shape or a place says too. Charts that are as wide as their box place marks in percent, so that texts
keep their size.
"""
