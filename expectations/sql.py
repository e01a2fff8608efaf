"""How an expectation is written here: a query whose rows are the faults, what must be true, and the same in French."""

from great_expectations import expectations as gxe


def no_rows(query: str, description: str, french: str) -> gxe.UnexpectedRowsExpectation:
    """Expect the query to find nothing.

    Args:
        query: reads `{batch}`, which is a select called `subselect`; a query that joins names it itself.
        description: what must be true, for the log. It tells the expectations of a table apart.
        french: the same for the page.
    """
    return gxe.UnexpectedRowsExpectation(unexpected_rows_query=query, description=description, meta={"fr": french})
