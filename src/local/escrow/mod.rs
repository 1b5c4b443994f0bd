//! The values that are under way: kept until they are where they belong, then wiped.
