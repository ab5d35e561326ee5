"""Numbers that describe many pictures, and that add up."""
