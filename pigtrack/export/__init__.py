"""The record in the formats of others: records in, rows, documents and bytes out. No files, no clock."""
