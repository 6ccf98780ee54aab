"""Spreadsheets of patients and visits, mapped into courses by a file that says which column is what.

Chapters: `sheet` (rows and cells, whatever the file is), `text_sheet` and `workbook` (the two kinds of files),
`opening` (which of them it is), `fields` and `mapping` (the mapping file), `days` (how days are written), `reading`
(cells as what they must be), `visits` and `grouping` (rows as courses), `mapped` (all of it together), `draft` (a
mapping to fill in), `faults` (what is wrong, by row and column).
"""
