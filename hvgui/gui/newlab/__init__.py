"""The wizard that makes a lab: the article's step by step, or a cluster of any size."""
