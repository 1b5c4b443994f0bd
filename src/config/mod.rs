//! Where settings come from: flag, environment, file, default; profiles and their credentials; paths.
