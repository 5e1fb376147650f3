"""What the numbers mean: pure, typed, without I/O.

Owns: poles, circuits, power, intervals, months, customers, tariffs and bills.
Does not own: files, sockets, SQL, clocks; a time always comes in as an argument.
Invariants: times are aware UTC; electrical sums are integers until the last division;
money is Decimal; nothing here is ever mutated.
"""
