"""pigtrack: did the skin change, or did the photograph?"""
