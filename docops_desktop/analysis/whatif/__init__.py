"""What if pages were faster: changes, whom they touch, what they do, and how far the data can say."""
