"""知识维护: changes to situations and parameters by two people, published from a day; answers kept as they were."""
