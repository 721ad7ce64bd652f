"""WHAT COMES AND GOES: inventories and samples in; runbooks and reports out."""
