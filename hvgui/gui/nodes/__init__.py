"""What is done with nodes, and what it would take: drains and maintenance, with their forecasts."""
