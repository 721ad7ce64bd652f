"""WHAT IS: the nouns of a failover cluster, its platform profiles, units and ids. Knows no other room."""
