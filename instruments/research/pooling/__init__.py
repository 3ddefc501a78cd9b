"""Research over several places whose rows never meet: sums that are checked and signed, and what is pooled of them."""
