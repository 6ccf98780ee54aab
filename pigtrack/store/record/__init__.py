"""The clinic's record in a database: tables, numbered migrations, one way in, and the trail of who did what."""
