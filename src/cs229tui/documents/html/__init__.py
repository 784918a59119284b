"""Web pages as documents: what a page says, without what stands around it, its formulas kept."""
