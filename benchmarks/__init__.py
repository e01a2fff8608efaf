"""How fast a month is billed: one command, ratios measured side by side in one run (`make bench`)."""
