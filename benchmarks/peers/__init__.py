"""Open tools side by side with pigtrack on the same photographs."""
