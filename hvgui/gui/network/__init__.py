"""The networks as a picture: nodes, switches, links, what runs over them and what is cut."""
