"""Suppliers' usage files: described by data, sealed byte for byte, typed in SQL."""
