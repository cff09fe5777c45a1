"""What each rule finds, why that matters, and a manifest of either kind: texts only, a file for each family."""
