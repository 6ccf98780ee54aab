"""Holds measured courses against the phantom's truth. Pure: tables in, tables out."""
