"""What can be asked of the clinic's record, one module a wish; `desk` opens it, and says who asks and when."""
