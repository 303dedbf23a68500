"""Pure judgement: facts and arguments in, verdicts out."""
