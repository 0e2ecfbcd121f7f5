//! Nothing: what this depends on is downloaded, and its test pictures are read.
