//! Where things are, below the profile's address.

pub(super) const OTP: &str = "/auth/otp";
pub(super) const LOGIN: &str = "/auth/login";
pub(super) const USER_INFO: &str = "/auth/userinfo";
pub(super) const LOGOUT: &str = "/auth/logout";
pub(super) const KEYS: &str = "/api-key";
pub(super) const EMAILS: &str = "/transactional/email";
