"""The sales journal on its way out: the FEC file of the tax office, written and checked."""
