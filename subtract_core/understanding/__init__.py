"""From a sentence to a wish: what an instruction asks for, in the vocabulary of `subtract_core.facts`."""
