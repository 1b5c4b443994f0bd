//! Points at which a test kills the program, to see what a crash there leaves behind. Only the cargo feature
//! `fault-points` makes them do anything; the ordinary program holds nothing of them.
