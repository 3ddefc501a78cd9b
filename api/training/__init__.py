"""Training: invented cases to practise on, the ratings that people make of them, and how well they agree."""
