"""What-if: the cluster's future under faults and load, tried on forks, in as many processes as there are."""
