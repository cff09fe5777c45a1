"""What runs print, by bytes of their masked text in UTF-8, whether a file holds it or the ledger."""
